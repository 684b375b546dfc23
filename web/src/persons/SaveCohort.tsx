import { useState, type SubmitEvent } from 'react';
import { useCreateCohort, useDeleteCohort } from '../api/persons';
import type { CohortDetails, Project } from '../api/types';
import { plural } from '../lib/format';
import { may } from '../lib/roles';
import { Link, navigate } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { encodeFilter, inCohort } from '../state/filters';
import { maxText } from '../state/texts';
import { Button, buttonClass, TextField } from '../ui/controls';
import { errorText, Note } from '../ui/states';
import { useToast } from '../ui/toasts';
import { withFilter } from './cohort';
import type { DrillPoint } from './drill';
import styles from './persons.module.css';

interface SaveCohortProps {
  project: Project;
  point: DrillPoint;
  /** How many persons are behind the point. */
  total: number;
  /** The reader goes elsewhere. */
  onLeave: () => void;
}

/** How many they are, and a way to keep them: as a list of those who are behind the point now. */
export function SaveCohort({ project, point, total, onLeave }: SaveCohortProps) {
  const [state, setState] = useState<'closed' | 'naming' | CohortDetails>('closed');
  if (typeof state === 'object') {
    return <Saved project={project} cohort={state} onLeave={onLeave} onUndone={() => setState('closed')} />;
  }

  return (
    <>
      <div className={styles['bar']}>
        <strong data-testid="persons-total">{plural(total, 'person')}</strong>
        {state === 'closed' && may(project, 'editor') && <Button small icon="plus" data-testid="save-cohort" onClick={() => setState('naming')}>Save as cohort</Button>}
      </div>
      {state === 'naming' && <NameForm project={project} point={point} onSaved={setState} onCancel={() => setState('closed')} />}
    </>
  );
}

function NameForm({ project, point, onSaved, onCancel }: { project: Project; point: DrillPoint; onSaved: (cohort: CohortDetails) => void; onCancel: () => void }) {
  const [name, setName] = useState([point.label, point.when].filter((part) => part !== '').join(', ').slice(0, maxText));
  const create = useCreateCohort(project.id);
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() === '' || create.isPending) return;
    create.mutate({ name: name.trim(), origin: { from: { query: point.query, point: point.point } } }, { onSuccess: onSaved });
  };
  return (
    <form className={styles['save']} onSubmit={save}>
      <TextField label="Name of the cohort" value={name} maxLength={maxText} autoFocus autoComplete="off" data-testid="cohort-name"
        hint="A list of those who are behind this point now. It does not change with later events."
        problem={create.isError ? errorText(create.error) : undefined}
        onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} />
      <div>
        <Button small onClick={onCancel}>Cancel</Button>
        <Button small variant="primary" type="submit" disabled={name.trim() === '' || create.isPending}>{create.isPending ? 'Saving…' : 'Save'}</Button>
      </div>
    </form>
  );
}

function Saved({ project, cohort, onLeave, onUndone }: { project: Project; cohort: CohortDetails; onLeave: () => void; onUndone: () => void }) {
  const remove = useDeleteCohort(project.id);
  const toast = useToast();
  const filter = () => {
    onLeave();
    navigate(`${window.location.pathname}?${withFilter(window.location.search, encodeFilter(inCohort(cohort.id)))}`, { keepScroll: true });
  };
  const undo = () => remove.mutate(cohort.id, {
    onSuccess: () => {
      toast(`“${cohort.name}” is not kept`);
      onUndone();
    },
    onError: (error) => toast(errorText(error), { failed: true }),
  });
  return (
    <div className={styles['saved']} role="status" data-testid="cohort-saved">
      <Note kind="good">
        <p>“{cohort.name}” is saved{cohort.size === null ? '' : `, with ${plural(cohort.size, 'person')}`}.</p>
        <div>
          <Button small autoFocus icon="filter" onClick={filter}>Filter by it</Button>
          <Link href={projectAddress(project.id, 'cohorts')} className={buttonClass('secondary', true)} onClick={onLeave}>See cohorts</Link>
          <Button small variant="ghost" disabled={remove.isPending} onClick={undo}>Undo</Button>
        </div>
      </Note>
    </div>
  );
}
