import { useEffect, useState } from 'react';
import { maxText } from '../state/texts';
import ui from './ui.module.css';

interface SearchFieldProps {
  label: string;
  placeholder?: string;
  /** What is searched for, as the address says. */
  search: string;
  testId: string;
  onChange: (search: string) => void;
}

/** A query for each letter would be a waste: what is typed counts when the typing pauses, or with Enter. */
export function SearchField({ label, placeholder = label, search, testId, onChange }: SearchFieldProps) {
  const [text, setText] = useState(search);
  const [sent, setSent] = useState(search);
  const [seen, setSeen] = useState(search);
  const send = (value: string) => {
    setSent(value);
    onChange(value);
  };
  // What the address says by somebody else's doing takes the place of what stands here; this field's own words do not come back.
  if (search !== seen) {
    setSeen(search);
    if (search !== sent) setText(search);
  }

  useEffect(() => {
    if (text.trim() === search) return;
    const timer = window.setTimeout(() => send(text.trim()), 350);
    return () => window.clearTimeout(timer);
    // Only a change of the text starts the wait anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
  return (
    <input type="search" className={ui['input']} aria-label={label} placeholder={placeholder} value={text} maxLength={maxText} autoComplete="off" spellCheck={false}
      data-testid={testId} onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') send(text.trim());
      }} />
  );
}
