import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState, type SubmitEvent } from 'react';
import { cohortQuery, cohortsQuery, useChangeCohort, useDeleteCohort } from '../api/persons';
import type { CohortDetails, Project } from '../api/types';
import { formatAgo, formatDate, plural } from '../lib/format';
import { today } from '../lib/dates';
import { useNow } from '../lib/now';
import { may } from '../lib/roles';
import { Link } from '../lib/router';
import { insightAddress, projectAddress } from '../lib/routes';
import { encodeFilter, inCohort } from '../state/filters';
import { maxText } from '../state/texts';
import { Button, buttonClass, IconButton } from '../ui/controls';
import { Confirm } from '../ui/dialog';
import { EmptyState, errorText, ErrorState, Skeleton } from '../ui/states';
import { useToast } from '../ui/toasts';
import ui from '../ui/ui.module.css';
import { Page } from '../views/Page';
import { describeCondition, withFilter } from './cohort';
import { fromCondition } from './condition';
import styles from './persons.module.css';
import { formatPersons, defaultPersons } from './state';
import { PersonsTabs } from './Tabs';

const CohortDialog = lazy(() => import('./CohortDialog'));

export default function CohortsView({ project }: { project: Project }) {
  const cohorts = useQuery(cohortsQuery(project.id));
  const [leaving, setLeaving] = useState<CohortDetails | null>(null);
  const [editing, setEditing] = useState<CohortDetails | 'new' | null>(null);
  return (
    <Page title="Persons" documentTitle="Cohorts" actions={may(project, 'editor') && <Button icon="plus" data-testid="new-cohort" onClick={() => setEditing('new')}>New cohort</Button>}>
      <PersonsTabs project={project} view="cohorts" />
      <section className={ui['card']} aria-label="Cohorts by name">
        {cohorts.isPending && <div className={styles['tools']} aria-busy="true"><Skeleton width="40%" height={40} /></div>}
        {cohorts.isError && <ErrorState title="The cohorts could not be read" error={cohorts.error} retry={() => void cohorts.refetch()} />}
        {cohorts.data?.length === 0 && (
          <EmptyState icon="persons" title="No cohorts yet" actions={(
            <>
              {may(project, 'editor') && <Button variant="primary" icon="plus" onClick={() => setEditing('new')}>New cohort</Button>}
              <Link href={insightAddress(project.id, 'trends')} className={buttonClass()}>Go to the insights</Link>
            </>
          )}>
            Say who is in one by what persons did or who they are, or give a list of them; or press a point of any chart and save the persons behind it.
          </EmptyState>
        )}
        {cohorts.data && cohorts.data.length > 0 && (
          <ul className={styles['cohorts']} data-testid="cohorts">
            {cohorts.data.map((one) => <CohortRow key={one.id} project={project} cohort={one} onEdit={() => setEditing(one)} onDelete={() => setLeaving(one)} />)}
          </ul>
        )}
      </section>
      {editing && <Suspense><CohortDialog project={project} {...(editing === 'new' ? {} : { cohort: editing })} onClose={() => setEditing(null)} /></Suspense>}
      {leaving && <DeleteDialog project={project} cohort={leaving} onClose={() => setLeaving(null)} />}
    </Page>
  );
}

function CohortRow({ project, cohort, onEdit, onDelete }: { project: Project; cohort: CohortDetails; onEdit: () => void; onDelete: () => void }) {
  // A condition that the editor has no room for is left as it is.
  const editable = cohort.condition === null || fromCondition(cohort.condition) !== null;
  const [renaming, setRenaming] = useState(false);
  const persons = projectAddress(project.id, 'persons', formatPersons({ ...defaultPersons, cohort: cohort.id }));
  const trends = insightAddress(project.id, 'trends', withFilter('', encodeFilter(inCohort(cohort.id))));
  if (renaming) {
    return <li><Rename project={project} cohort={cohort} onClose={() => setRenaming(false)} /></li>;
  }

  return (
    <li>
      <div className={styles['cohort']}>
        <h2><Link href={persons}>{cohort.name}</Link></h2>
        <p>
          {cohort.condition === null ? `A list, made on ${formatDate(today(project.timeZone, new Date(cohort.createdAt)))}` : describeCondition(cohort.condition)}
        </p>
      </div>
      <Size project={project} id={cohort.id} />
      <div className={styles['buttons']}>
        <Link href={trends} className={buttonClass('ghost', true)}>Trends of them</Link>
        {may(project, 'editor') && (
          <>
            <IconButton small icon="edit" label={`${editable ? 'Change' : 'Rename'} ${cohort.name}`} onClick={editable ? onEdit : () => setRenaming(true)} />
            <IconButton small icon="trash" label={`Delete ${cohort.name}`} onClick={onDelete} />
          </>
        )}
      </div>
    </li>
  );
}

/** Asked of each cohort by itself, for a condition's size is counted when it is asked. */
function Size({ project, id }: { project: Project; id: number }) {
  const { data, isError } = useQuery(cohortQuery(project.id, id));
  const now = useNow(30_000);
  if (isError) return <span className={styles['size']} title="The size could not be counted">–</span>;
  if (!data) return <Skeleton width={76} />;
  if (data.size === null) return <span className={styles['size']}>–</span>;
  return (
    <span className={styles['size']} title={data.computedAt === null ? undefined : `Counted ${formatAgo(data.computedAt, Math.max(now, Date.parse(data.computedAt)))}`}>
      {plural(data.size, 'person')}
    </span>
  );
}

function Rename({ project, cohort, onClose }: { project: Project; cohort: CohortDetails; onClose: () => void }) {
  const [name, setName] = useState(cohort.name);
  const rename = useChangeCohort(project.id);
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() === '' || rename.isPending) return;
    if (name.trim() === cohort.name) onClose();
    else rename.mutate({ id: cohort.id, name: name.trim() }, { onSuccess: onClose });
  };
  return (
    <form className={styles['rename']} onSubmit={save}>
      <input type="text" className={ui['input']} aria-label={`New name of ${cohort.name}`} value={name} maxLength={maxText} autoFocus autoComplete="off"
        aria-invalid={rename.isError || undefined} onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
        }} />
      <Button onClick={onClose}>Cancel</Button>
      <Button variant="primary" type="submit" disabled={name.trim() === '' || rename.isPending}>{rename.isPending ? 'Saving…' : 'Save'}</Button>
      {rename.isError && <p className={ui['problem']} role="alert">{errorText(rename.error)}</p>}
    </form>
  );
}

function DeleteDialog({ project, cohort, onClose }: { project: Project; cohort: CohortDetails; onClose: () => void }) {
  const remove = useDeleteCohort(project.id);
  const toast = useToast();
  return (
    <Confirm title={`Delete “${cohort.name}”?`} action="Delete the cohort" pending={remove.isPending} onClose={onClose}
      onConfirm={() => remove.mutate(cohort.id, {
        onSuccess: () => {
          toast(`“${cohort.name}” is deleted`);
          onClose();
        },
        onError: (error) => toast(errorText(error), { failed: true }),
      })}>
      <p>The persons and their events stay. Insights that filter or break down by the cohort are refused from then on, also those behind saved addresses.</p>
    </Confirm>
  );
}
