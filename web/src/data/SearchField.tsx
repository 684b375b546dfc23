import { useEffect, useState } from 'react';
import { maxText } from '../state/texts';
import ui from '../ui/ui.module.css';

/** A query for each letter would be a waste: what is typed counts when the typing pauses. */
export function SearchField({ label, search, onChange }: { label: string; search: string; onChange: (search: string) => void }) {
  const [text, setText] = useState(search);
  useEffect(() => {
    if (text.trim() === search) return;
    const timer = window.setTimeout(() => onChange(text.trim()), 300);
    return () => window.clearTimeout(timer);
    // Only a change of the text starts the wait anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
  return (
    <input type="search" className={ui['input']} aria-label={label} placeholder={label} value={text} maxLength={maxText} autoComplete="off" spellCheck={false}
      data-testid="search-names" onChange={(event) => setText(event.target.value)} />
  );
}
