import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { errorText, Skeleton } from './states';
import { classes } from './classes';
import { Button, Hidden } from './controls';
import { Icon } from './icons';
import { Popover } from './popover';
import styles from './ui.module.css';

export interface PickerOption {
  value: string;
  label: string;
  /** The raw name beside the label, where they differ. */
  detail?: string;
  meta?: string;
}

interface PickerProps {
  label: string;
  /** What the trigger shows. */
  text: ReactNode;
  placeholder: string;
  selected: readonly string[];
  /** A list that closes on a choice, or one with several choices. */
  multiple?: boolean;
  options: readonly PickerOption[] | undefined;
  error?: unknown;
  /** What is searched for while the list is open; null when it is not. */
  onSearch: (search: string | null) => void;
  onSelect: (values: string[]) => void;
  /** Offers what was typed as a choice of its own. */
  custom?: boolean;
  /** Which options are shown for what was typed, the best first; those whose name has it, where it is left out. */
  find?: (options: readonly PickerOption[], typed: string) => readonly PickerOption[];
  emptyText: string;
  className?: string | undefined;
  testId?: string;
}

/** A button that opens a searchable list: a combobox with a listbox, usable by keyboard alone. */
export function Picker(props: PickerProps) {
  const { label, text, className, testId } = props;
  return (
    <Popover label={label} kind="listbox" width={300}
      trigger={(trigger) => (
        <Button {...trigger} className={classes(styles['trigger'], className)} data-testid={testId} aria-label={undefined}>
          <Hidden>{label}: </Hidden>
          <span>{text}</span>
          <Icon name="chevron" size={14} />
        </Button>
      )}>
      {(close) => <PickerList {...props} close={close} />}
    </Popover>
  );
}

/** The field and the list of a picker, for where something else than its button opens them. */
export function PickerList({ label, placeholder, selected, multiple = false, options, error, onSearch, onSelect, custom = false, find = having, emptyText, close }: Omit<PickerProps, 'text' | 'className' | 'testId'> & { close: () => void }) {
  const id = useId();
  const [search, setSearch] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    input.current?.focus();
    onSearch('');
    return () => onSearch(null);
    // The list lives as long as its popover is open.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => {
    const timer = window.setTimeout(() => onSearch(search.trim()), 150);
    return () => window.clearTimeout(timer);
  }, [search, onSearch]);

  const typed = search.trim();
  const shown: PickerOption[] = [...find(options ?? [], typed)];
  if (custom && typed !== '' && !shown.some((one) => one.value === typed)) {
    shown.push({ value: typed, label: `“${typed}”`, meta: 'as typed' });
  }

  if (multiple && typed === '') {
    for (const value of selected) {
      if (!shown.some((one) => one.value === value)) shown.unshift({ value, label: value });
    }
  }

  const current = Math.min(active, Math.max(shown.length - 1, 0));

  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  const choose = (option: PickerOption) => {
    if (!multiple) {
      onSelect([option.value]);
      close();
      return;
    }

    const without = selected.filter((value) => value !== option.value);
    onSelect(without.length === selected.length ? [...selected, option.value] : without);
  };

  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((current + step + shown.length) % Math.max(shown.length, 1));
    } else if (event.key === 'Home' && typed === '') {
      setActive(0);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const option = shown[current];
      if (option) choose(option);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
  };

  return (
    <>
      <div className={styles['pickerSearch']}>
        <input ref={input} type="text" className={styles['input']} role="combobox" aria-expanded="true" aria-controls={`${id}-list`}
          aria-activedescendant={shown.length > 0 ? `${id}-${String(current)}` : undefined} aria-autocomplete="list" aria-label={label}
          placeholder={placeholder} value={search} autoComplete="off" spellCheck={false} onKeyDown={press}
          onChange={(event) => {
            setSearch(event.target.value);
            setActive(0);
          }} />
      </div>
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={label} aria-multiselectable={multiple} className={styles['options']}>
        {shown.map((option, index) => (
          // The keyboard is handled by the combobox, which keeps the focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div key={option.value} id={`${id}-${String(index)}`} role="option" tabIndex={-1} className={styles['option']}
            aria-selected={selected.includes(option.value)} data-active={index === current}
            onPointerMove={() => setActive(index)} onClick={() => choose(option)}>
            {multiple && <span className={styles['tick']}>{selected.includes(option.value) && <Icon name="check" />}</span>}
            <span className={styles['optionText']} title={option.value}>
              {option.label === '' ? '(empty)' : option.label}
              {option.detail && <> <small>{option.detail}</small></>}
            </span>{' '}
            {option.meta && <span className={styles['optionMeta']}>{option.meta}</span>}
          </div>
        ))}
      </div>
      {options === undefined && !error && (
        <div className={styles['pickerNote']}><Skeleton width="70%" /></div>
      )}
      {Boolean(error) && <p className={styles['pickerNote']} role="alert">{errorText(error)}</p>}
      {options !== undefined && shown.length === 0 && <p className={styles['pickerNote']} role="status">{emptyText}</p>}
      {multiple && (
        <div className={styles['pickerFoot']}>
          <Button small variant="ghost" disabled={selected.length === 0} onClick={() => onSelect([])}>Clear</Button>
          <Button small variant="primary" onClick={close}>Done</Button>
        </div>
      )}
    </>
  );
}

// The server searches too; this keeps the list right while an answer is on its way.
function having(options: readonly PickerOption[], typed: string): readonly PickerOption[] {
  const text = typed.toLowerCase();
  return options.filter((one) => one.value.toLowerCase().includes(text) || one.label.toLowerCase().includes(text));
}
