import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { flushSync } from 'react-dom';
import type { SqlRelation } from '../api/types';
import { completionsAt, type Completions } from '../lib/sqlComplete';
import { placeBelow } from '../ui/place';
import styles from './Sql.module.css';

interface SqlEditorProps {
  area: RefObject<HTMLTextAreaElement | null>;
  text: string;
  onChange: (text: string) => void;
  relations: readonly SqlRelation[];
  /** The id of what is wrong with the text. */
  problem: string | undefined;
  onRun: () => void;
}

interface Offer extends Completions {
  at: number;
}

/** A statement with completion: it comes while a name is written, or by Ctrl Space; arrows choose, Tab and Enter take, Escape closes. */
export function SqlEditor({ area, text, onChange, relations, problem, onRun }: SqlEditorProps) {
  const list = useId();
  const [offer, setOffer] = useState<Offer | null>(null);
  const chosen = offer?.items[offer.at];

  const look = (value: string, asked: boolean) => {
    const cursor = area.current?.selectionStart ?? value.length;
    const found = completionsAt(value, cursor, relations, asked);
    setOffer(found && { ...found, at: 0 });
  };
  const take = (index: number) => {
    const item = offer?.items[index];
    if (!offer || !item) return;
    const cursor = offer.from + item.text.length;
    // The next key may already be on its way: it must find the text and the cursor in their places.
    flushSync(() => {
      onChange(text.slice(0, offer.from) + item.text + text.slice(offer.to));
      setOffer(null);
    });
    area.current?.focus();
    area.current?.setSelectionRange(cursor, cursor);
  };
  const press = (event: KeyboardEvent) => {
    const control = event.ctrlKey || event.metaKey;
    if (event.key === 'Enter' && control) {
      setOffer(null);
      onRun();
    } else if (event.key === ' ' && control) look(text, true);
    else if (!offer) return;
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setOffer({ ...offer, at: (offer.at + step + offer.items.length) % offer.items.length });
    } else if (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) take(offer.at);
    else if (event.key === 'Escape') setOffer(null);
    else {
      if (['ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown'].includes(event.key)) setOffer(null);
      return;
    }

    event.preventDefault();
  };

  return (
    <>
      <textarea ref={area} aria-label="Statement" className={styles['text']} value={text} spellCheck={false} autoCapitalize="off" autoComplete="off"
        rows={Math.min(18, Math.max(6, text.split('\n').length + 1))}
        aria-invalid={problem === undefined ? undefined : true} aria-describedby={problem}
        aria-autocomplete="list" aria-controls={offer ? list : undefined} aria-activedescendant={chosen ? `${list}-${String(offer?.at)}` : undefined}
        onChange={(event) => {
          onChange(event.target.value);
          look(event.target.value, false);
        }}
        onKeyDown={press} onBlur={() => setOffer(null)} onScroll={() => setOffer(null)} onPointerDown={() => setOffer(null)} />
      {offer && <Offered id={list} offer={offer} area={area} text={text} onTake={take} />}
    </>
  );
}

function Offered({ id, offer, area, text, onTake }: { id: string; offer: Offer; area: RefObject<HTMLTextAreaElement | null>; text: string; onTake: (index: number) => void }) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!list.current || !area.current) return;
    const place = placeBelow(caretBox(area.current, text, offer.from), 300, 260);
    for (const [name, value] of Object.entries({ top: 'auto', bottom: 'auto', ...place })) {
      list.current.style.setProperty(name === 'maxHeight' ? 'max-height' : name, typeof value === 'number' ? `${String(value)}px` : value);
    }
  }, [area, text, offer.from]);
  useLayoutEffect(() => {
    list.current?.children[offer.at]?.scrollIntoView({ block: 'nearest' });
  }, [offer.at]);
  return (
    <div ref={list} id={id} role="listbox" aria-label="Completions" className={styles['offered']} data-testid="sql-completions">
      {offer.items.map((one, index) => (
        // The keys of the list are those of the text that it is for.
        // eslint-disable-next-line jsx-a11y/click-events-have-key-events
        <div key={`${one.kind} ${one.label}`} id={`${id}-${String(index)}`} role="option" tabIndex={-1} aria-selected={index === offer.at} data-kind={one.kind}
          onPointerDown={(event) => event.preventDefault()} onClick={() => onTake(index)}>
          <span>{one.label}</span>
          <small>{one.detail}</small>
        </div>
      ))}
    </div>
  );
}

/** Where a place of the text is on the screen: a copy of the text up to there is laid out as the area lays it out. */
function caretBox(area: HTMLTextAreaElement, text: string, at: number) {
  const mirror = document.createElement('div');
  const style = getComputedStyle(area);
  for (const name of ['font', 'padding', 'border-width', 'border-style', 'tab-size', 'letter-spacing', 'word-break']) mirror.style.setProperty(name, style.getPropertyValue(name));
  Object.assign(mirror.style, { position: 'absolute', visibility: 'hidden', whiteSpace: 'pre-wrap', overflowWrap: 'break-word', width: `${String(area.clientWidth)}px`, boxSizing: 'border-box' });
  mirror.textContent = text.slice(0, at);
  const mark = document.createElement('span');
  mark.textContent = '|';
  mirror.append(mark);
  document.body.append(mirror);
  const frame = area.getBoundingClientRect();
  const box = { left: frame.left + mark.offsetLeft, top: frame.top + mark.offsetTop - area.scrollTop, bottom: frame.top + mark.offsetTop + mark.offsetHeight - area.scrollTop, width: 0 };
  mirror.remove();
  return box;
}
