import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type SubmitEvent } from 'react';
import { allEventNamesQuery, useCreateDashboard } from '../api/dashboards';
import { propertyNamesQuery } from '../api/queries';
import type { Project } from '../api/types';
import { plural } from '../lib/format';
import { navigate } from '../lib/router';
import { dashboardAddress } from '../lib/routes';
import { Button, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, Note, Skeleton } from '../ui/states';
import styles from './dashboards.module.css';
import { fill, findAmount, findRoles, templates, type Template } from './templates';

type Choice = 'blank' | Template['key'];

/** A new dashboard, empty or from a template, which says beforehand what it finds and what it misses. */
export function NewDashboard({ project, onClose }: { project: Project; onClose: () => void }) {
  const [choice, setChoice] = useState<Choice>('blank');
  const [name, setName] = useState('');
  const create = useCreateDashboard(project.id);
  const events = useQuery(allEventNamesQuery(project.id));
  const found = useMemo(() => findRoles(events.data ?? []), [events.data]);
  const properties = useQuery({ ...propertyNamesQuery(project.id, found.purchase ?? null, ''), enabled: found.purchase !== undefined });
  const template = templates.find((one) => one.key === choice);
  const amount = found.purchase === undefined ? null : findAmount(properties.data ?? []);
  const filled = template && fill(template, found, amount);
  const looking = template !== undefined && (events.isPending || (found.purchase !== undefined && properties.isPending));
  const called = name.trim() === '' ? (template?.name ?? '') : name.trim();
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (called === '' || create.isPending || looking) return;
    create.mutate({ name: called, ...(filled ? { tiles: filled.tiles, refreshSeconds: 300 } : {}) }, {
      onSuccess: (made) => {
        onClose();
        navigate(dashboardAddress(project.id, made.id));
      },
    });
  };

  return (
    <Dialog title="New dashboard" onClose={onClose} testId="new-dashboard-dialog">
      <form className={styles['form']} onSubmit={save}>
        {create.error && <Note kind="danger">{errorText(create.error)}</Note>}
        {events.error && <Note>The events could not be read, so that templates stay empty: {errorText(events.error)}</Note>}
        <fieldset className={styles['choices']} aria-label="What to begin with">
          <Option value="blank" name="Empty" description="Add insights one by one" choice={choice} onChoose={setChoice} />
          {templates.map((one) => <Option key={one.key} value={one.key} name={one.name} description={one.description} choice={choice} onChoose={setChoice} />)}
        </fieldset>
        {looking && <Skeleton height={40} />}
        {!looking && filled && (
          <div className={styles['missing']} role="status" data-testid="template-found">
            <p>{filled.tiles.length === 0 ? 'None of its tiles can be filled yet.' : `${plural(filled.tiles.length, 'tile')} of ${String(template.tiles.length)} can be filled from the events that have arrived.`}</p>
            {filled.missing.length > 0 && (
              <>
                <p>Not found:</p>
                <ul>{filled.missing.map((one) => <li key={one.what}>{one.what}, for {one.tiles.map((tile) => `“${tile}”`).join(', ')}</li>)}</ul>
              </>
            )}
          </div>
        )}
        <TextField label="Name" maxLength={100} autoComplete="off" placeholder={template?.name ?? 'What my team looks at'} value={name} data-testid="dashboard-name"
          onChange={(event) => setName(event.target.value)} />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={called === '' || create.isPending || looking}>{create.isPending ? 'Making it…' : 'Make the dashboard'}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

interface OptionProps {
  value: Choice;
  name: string;
  description: string;
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

function Option({ value, name, description, choice, onChoose }: OptionProps) {
  return (
    <label className={styles['choice']}>
      <input type="radio" name="template" value={value} checked={choice === value} onChange={() => onChoose(value)} />
      <strong>{name}</strong>
      <span>{description}</span>
    </label>
  );
}
