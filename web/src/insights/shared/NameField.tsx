import { useState } from 'react';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import styles from '../insight.module.css';

interface NameFieldProps {
  name: string;
  label: string;
  focus: boolean;
  placeholder?: string;
  className?: string | undefined;
  onChange: (name: string) => void;
}

/** The reader's own name for a series or a step, or another short text; taken over when the field is left. */
export function NameField({ name, label, focus, placeholder = 'Name', className = styles['name'], onChange }: NameFieldProps) {
  const [text, setText] = useState(name);
  return (
    <input className={classes(ui['input'], className)} type="text" aria-label={label} placeholder={placeholder} maxLength={100} autoComplete="off" spellCheck={false} autoFocus={focus} value={text}
      onChange={(event) => setText(event.target.value)} onBlur={() => onChange(text.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }} />
  );
}
