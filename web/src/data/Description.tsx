import { useEffect, useRef, useState } from 'react';
import type { DefinitionKind, Project } from '../api/types';
import { useChangeDefinitions } from '../api/data';
import { may } from '../lib/roles';
import { errorText } from '../ui/states';
import { useToast } from '../ui/toasts';
import ui from '../ui/ui.module.css';
import styles from './data.module.css';
import { builtIn } from './known';

const longest = 2_000;

interface DescriptionProps {
  project: Project;
  kind: DefinitionKind;
  name: string;
  description: string | null;
}

/** What a name means, changed in place by who may: Enter saves, Escape leaves. */
export function Description({ project, kind, name, description }: DescriptionProps) {
  const [text, setText] = useState<string | null>(null);
  const change = useChangeDefinitions(project.id);
  const toast = useToast();
  const field = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const left = useRef(false);
  const editing = text !== null;

  useEffect(() => {
    if (editing) field.current?.focus();
    else if (left.current) button.current?.focus();
    left.current = editing;
  }, [editing]);

  const put = (value: string, before: string | null) =>
    change.mutate({ kind, names: [name], description: value }, {
      onSuccess: () => toast(value === '' ? 'Description taken away' : 'Description saved', before === null ? undefined : { action: { label: 'Undo', run: () => put(before, null) } }),
      onError: (error) => toast(errorText(error), { failed: true }),
    });

  const save = () => {
    const value = (text ?? '').trim();
    setText(null);
    if (value !== (description ?? '')) put(value, description ?? '');
  };

  if (editing) {
    return (
      <input ref={field} className={ui['input']} value={text} maxLength={longest} aria-label={`Description of ${name}`} placeholder="What it means and when it is sent"
        data-testid="description-field" onChange={(event) => setText(event.target.value)} onBlur={save}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return;
          // The focus goes back to the button, which the same key must not press; nor does it close a dialog.
          event.preventDefault();
          event.stopPropagation();
          if (event.key === 'Enter') save();
          else setText(null);
        }} />
    );
  }

  // What was just saved shows before the list has it.
  const pending = change.isPending ? change.variables.description : undefined;
  const own = pending ?? description ?? '';
  const known = own === '' ? builtIn(kind, name) : null;
  if (!may(project, 'editor')) return <span className={styles['description']} data-own={own !== ''}>{own !== '' ? own : known}</span>;
  return (
    <button ref={button} type="button" className={styles['description']} data-own={own !== ''} data-testid="description" title={own === '' ? 'Describe it' : own}
      aria-label={own !== '' || known !== null ? `${own !== '' ? own : (known ?? '')}: change the description of ${name}` : `Add a description of ${name}`} onClick={() => setText(own)}>
      {own !== '' ? own : (known ?? 'Add a description')}
    </button>
  );
}
