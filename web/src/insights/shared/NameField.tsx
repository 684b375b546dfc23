import { useState } from 'react';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import styles from '../insight.module.css';

/** The reader's own name for a series or a step; taken over when the field is left. */
export function NameField({ name, label, focus, onChange }: { name: string; label: string; focus: boolean; onChange: (name: string) => void }) {
  const [text, setText] = useState(name);
  return (
    <input className={classes(ui['input'], styles['name'])} type="text" aria-label={label} placeholder="Name" maxLength={100} autoFocus={focus} value={text}
      onChange={(event) => setText(event.target.value)} onBlur={() => onChange(text.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }} />
  );
}
