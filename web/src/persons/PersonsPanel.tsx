import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/client';
import { personsBehindQuery, senderOf } from '../api/persons';
import type { PersonItem, Project } from '../api/types';
import { formatNumber, plural } from '../lib/format';
import { Link } from '../lib/router';
import { Button, buttonClass, IconButton, Select } from '../ui/controls';
import { Dialog } from '../ui/dialog';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import type { DrillPoint } from './drill';
import { personName } from './person';
import { PersonDetails, VisitorDetails } from './PersonDetails';
import { PersonList, PersonListSkeleton } from './PersonList';
import styles from './persons.module.css';
import { SaveCohort } from './SaveCohort';
import { personAddress } from './state';

interface PersonsPanelProps {
  project: Project;
  points: readonly DrillPoint[];
  at: number;
  onClose: () => void;
}

/** The persons behind a point; from each to the events, and back. */
export default function PersonsPanel({ project, points, at, onClose }: PersonsPanelProps) {
  const [index, setIndex] = useState(at);
  const [person, setPerson] = useState<PersonItem | null>(null);
  const [cameFrom, setCameFrom] = useState<number | null>(null);
  const point = points[index];
  if (!point) return null;

  const sender = person && senderOf(person);
  if (person && sender) {
    return (
      <Dialog side onClose={onClose} title={personName(person).name} testId="persons-panel"
        start={<IconButton autoFocus className={styles['back']} icon="back" label="Back to the persons" onClick={() => {
          setCameFrom(person.key);
          setPerson(null);
        }} />}
        actions={person.uuid !== null && <Link href={personAddress(project.id, person.uuid)} className={buttonClass('ghost', true)} onClick={onClose}>Open page</Link>}>
        {person.uuid !== null
          ? <PersonDetails project={project} uuid={person.uuid} period={point.period} />
          : <VisitorDetails project={project} visitor={person} sender={sender} period={point.period} />}
      </Dialog>
    );
  }

  return (
    <Dialog side onClose={onClose} title={point.label} testId="persons-panel">
      <p className={styles['point']}>{[point.when, point.amount].filter((part) => part !== '').join(' · ')}</p>
      {points.length > 1 && (
        <Select label="Whose persons are shown" className={styles['which']} value={index} data-testid="drill-point" onChange={(event) => {
          setIndex(Number(event.target.value));
          setCameFrom(null);
        }}>
          {points.map((one, number) => <option key={number} value={number}>{one.label}: {one.amount}</option>)}
        </Select>
      )}
      <Behind key={index} project={project} point={point} cameFrom={cameFrom} onOpen={setPerson} onClose={onClose} />
    </Dialog>
  );
}

interface BehindProps {
  project: Project;
  point: DrillPoint;
  cameFrom: number | null;
  onOpen: (person: PersonItem) => void;
  onClose: () => void;
}

function Behind({ project, point, cameFrom, onOpen, onClose }: BehindProps) {
  const query = useInfiniteQuery(personsBehindQuery(project.id, point.query, point.point));
  const persons = query.data?.pages.flatMap((page) => page.persons) ?? [];
  const total = query.data?.pages.at(-1)?.total ?? persons.length;
  if (query.isPending) {
    return (
      <>
        <div className={styles['bar']}><Skeleton width={90} /></div>
        <PersonListSkeleton />
      </>
    );
  }

  if (query.isError && persons.length === 0) {
    const again = query.error instanceof ApiError && query.error.transient;
    return <ErrorState title="The persons cannot be listed" error={query.error} {...(again ? { retry: () => void query.refetch() } : {})} />;
  }

  if (persons.length === 0) {
    return (
      <EmptyState icon="persons" title="Nobody">
        No person is behind this point: it counts nothing, or events that were sent without a person.
      </EmptyState>
    );
  }

  return (
    <>
      <SaveCohort project={project} point={point} total={total} onLeave={onClose} />
      <PersonList project={project} persons={persons} focused={cameFrom} onOpen={onOpen} />
      <div className={styles['foot']}>
        <span role="status">{query.hasNextPage ? `${formatNumber(persons.length)} of ${formatNumber(total)} shown` : `${plural(persons.length, 'person')}, all of them`}</span>
        {query.hasNextPage && (
          <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()} data-testid="more-persons">
            {query.isFetchingNextPage ? 'Reading…' : 'Load more'}
          </Button>
        )}
      </div>
      {query.isFetchNextPageError && <ErrorState title="More persons could not be read" error={query.error} />}
    </>
  );
}
