import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { retentionQuery } from '../api/removal';
import { useChangeProject } from '../api/settings';
import type { Project } from '../api/types';
import { plural } from '../lib/format';
import { Button, SelectField, TextField } from '../ui/controls';
import { Confirm } from '../ui/dialog';
import { errorText, Note, Skeleton } from '../ui/states';
import { useToast } from '../ui/toasts';
import styles from '../views/Settings.module.css';
import { choices, describeFreed, describeStored, firstKept, mostDays, parseDays } from './retention';

const custom = 'custom';

/** How long events are kept, with what a choice would free before it is made. */
export function Retention({ project }: { project: Project }) {
  const kept = project.retentionDays ?? 0;
  const [choice, setChoice] = useState(() => choiceOf(kept));
  const [text, setText] = useState(() => String(kept === 0 ? 60 : kept));
  const [asking, setAsking] = useState(false);
  const change = useChangeProject(project.id);
  const toast = useToast();
  const days = choice === custom ? parseDays(text) : Number(choice);
  const finite = days !== null && days > 0;
  // What there is is told with any choice.
  const { data, error, isPending, isPlaceholderData } = useQuery({ ...retentionQuery(project.id, finite ? days : mostDays), enabled: days !== null });
  const dirty = days !== null && days !== kept;

  const save = () => {
    if (days === null) return;
    change.mutate({ retentionDays: days }, {
      onSuccess: () => {
        setAsking(false);
        toast(days === 0 ? 'Events are kept for ever' : `Events are kept for ${plural(days, 'day')}`);
      },
      onError: (problem) => {
        setAsking(false);
        toast(errorText(problem), { failed: true });
      },
    });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!dirty) return;
    if (finite) setAsking(true);
    else save();
  };

  return (
    <form className={styles['form']} onSubmit={submit} data-testid="retention-form">
      <div className={styles['pair']}>
        <SelectField label="Keep events" value={choice} onChange={(event) => setChoice(event.target.value)}>
          {choices.map((one) => <option key={one.days} value={one.days}>{one.label}</option>)}
          <option value={custom}>Another number of days</option>
        </SelectField>
        {choice === custom && (
          <TextField label="Days" type="number" inputMode="numeric" min={1} max={mostDays} step={1} required value={text}
            problem={days === null ? `A whole number from 1 to ${String(mostDays)}.` : undefined} onChange={(event) => setText(event.target.value)} />
        )}
      </div>
      <div aria-live="polite" aria-busy={isPlaceholderData} data-testid="retention-preview">
        {days !== null && isPending && !error && <Skeleton width="60%" />}
        {error && <Note kind="danger"><p>What it would free could not be found out: {errorText(error)}</p></Note>}
        {data && finite && !isPlaceholderData && <p>{describeFreed(data, project.timeZone)}</p>}
        {data && <p className={styles['hint']}>{describeStored(data, project.timeZone)}</p>}
      </div>
      <div className={styles['save']}>
        <Button type="submit" variant="primary" disabled={!dirty || change.isPending || (finite && (isPlaceholderData || !data))}>Save</Button>
        {choice !== choiceOf(kept) || (choice === custom && days !== kept) ? (
          <Button variant="ghost" onClick={() => {
            setChoice(choiceOf(kept));
            setText(String(kept === 0 ? 60 : kept));
          }}>Undo changes</Button>
        ) : null}
      </div>
      {asking && finite && data && (
        <Confirm title={data.events > 0 ? `Remove ${plural(data.events, 'event')}?` : `Keep events for ${plural(days, 'day')}?`} action={data.events > 0 ? 'Remove and save' : 'Save'}
          pending={change.isPending} onClose={() => setAsking(false)} onConfirm={save}>
          <p>
            {data.events > 0 && `${data.eventsExact ? '' : 'About '}${plural(data.events, 'event')} from before ${firstKept(data, project.timeZone)} go within minutes. `}
            From now on each event goes when it is older than {plural(days, 'day')}. Numbers of that time go with them. This cannot be undone.
          </p>
        </Confirm>
      )}
    </form>
  );
}

const choiceOf = (days: number) => (choices.some((one) => one.days === days) ? String(days) : custom);
