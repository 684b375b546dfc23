import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { personEventsQuery, personQuery, type Period, type Sender } from '../api/persons';
import type { EventSummary, PersonItem, Project } from '../api/types';
import { eventLabel, formatAgo, formatBucketLong, formatClock, formatDay, formatFull, plural } from '../lib/format';
import { highlights } from '../lib/highlights';
import { useNow } from '../lib/now';
import { may } from '../lib/roles';
import { formatDuration } from '../lib/rates';
import { Button, Segments } from '../ui/controls';
import { Icon } from '../ui/icons';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import { Properties } from '../views/Properties';
import { journeyDays, visitSeconds, type Visit } from './journey';
import { DeletePerson } from './DeletePerson';
import styles from './persons.module.css';

interface PersonDetailsProps {
  project: Project;
  uuid: string;
  /** The time that the reader comes from; its events are shown first. */
  period?: Period | null;
}

/** One person: who it is, every property, and the events as a time line. */
export function PersonDetails({ project, uuid, period = null }: PersonDetailsProps) {
  const { data: person, isError, error, refetch } = useQuery(personQuery(project.id, uuid));
  if (isError) return <ErrorState title="The person could not be read" error={error} retry={() => void refetch()} />;
  return (
    <div className={styles['details']}>
      {person ? <Facts project={project} person={person} /> : <div aria-busy="true"><Skeleton height={96} /></div>}
      <Journey project={project} sender={{ uuid }} period={period} />
      {person && may(project, 'admin') && <DeletePerson project={project} uuid={uuid} />}
    </div>
  );
}

/** Somebody without a profile: the distinct ids, and the events as a time line. */
export function VisitorDetails({ project, visitor, sender, period = null }: { project: Project; visitor: PersonItem; sender: Sender; period?: Period | null }) {
  return (
    <div className={styles['details']}>
      <Facts project={project} person={visitor} />
      <Journey project={project} sender={sender} period={period} />
    </div>
  );
}

const mostIds = 3;
const fewProperties = 6;

function Facts({ project, person }: { project: Project; person: PersonItem }) {
  const now = useNow(30_000);
  const moment = (instant: string) => (
    <time dateTime={instant} title={formatFull(instant, undefined, project.timeZone)}>
      {formatBucketLong(instant, 'minute', project.timeZone)} <small>{formatAgo(instant, Math.max(now, Date.parse(instant)))}</small>
    </time>
  );
  const count = Object.keys(person.properties).length;
  const more = person.distinctIds.length - mostIds;
  return (
    <>
      <dl className={styles['facts']}>
        <dt>Distinct ID{person.distinctIds.length === 1 ? '' : 's'}</dt>
        <dd>
          {person.distinctIds.slice(0, mostIds).map((id) => <code key={id}>{id}</code>)}
          {more > 0 && <small>and {more} more</small>}
        </dd>
        {person.createdAt !== null && (
          <>
            <dt>First seen</dt>
            <dd>{moment(person.createdAt)}</dd>
          </>
        )}
        <dt>Last seen</dt>
        <dd>{person.lastSeen === null ? 'No events' : moment(person.lastSeen)}</dd>
        <dt>Identified</dt>
        <dd>{person.isIdentified ? 'Yes' : person.uuid === null ? 'No, sent without a profile' : 'No'}</dd>
      </dl>
      {count > 0 && (
        <details className={styles['fold']} open={count <= fewProperties}>
          <summary><Icon name="chevron" /><h3>Properties <span>{count}</span></h3></summary>
          <Properties values={person.properties} />
        </details>
      )}
    </>
  );
}

function Journey({ project, sender, period }: { project: Project; sender: Sender; period: Period | null }) {
  const [within, setWithin] = useState(period !== null);
  const query = useInfiniteQuery(personEventsQuery(project.id, sender, within ? period : null));
  const events = useMemo(() => query.data?.pages.flatMap((page) => page.events) ?? [], [query.data]);
  const days = useMemo(() => journeyDays(events, project.timeZone), [events, project.timeZone]);
  return (
    <section className={styles['journey']} aria-label="Events, newest first">
      <div className={styles['journeyHead']}>
        <h3>Events</h3>
        {period !== null && (
          <Segments label="Which events" value={within ? 'within' : 'all'} onChange={(value) => setWithin(value === 'within')}
            options={[{ value: 'within', label: 'At this point' }, { value: 'all', label: 'All' }]} />
        )}
      </div>
      {query.isPending && <div className={styles['loading']} aria-busy="true">{Array.from({ length: 6 }, (_, index) => <Skeleton key={index} height={20} width={index % 2 === 0 ? '82%' : '64%'} />)}</div>}
      {query.isError && events.length === 0 && <ErrorState title="The events could not be read" error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && events.length === 0 && (
        <EmptyState icon="events" title={within ? 'No events at this point' : 'No events'}
          actions={within && <Button onClick={() => setWithin(false)}>Show all events</Button>}>
          {within ? 'The person counts here by events of another time.' : 'The person is known, and has sent nothing that is stored.'}
        </EmptyState>
      )}
      {days.length > 0 && (
        <div data-testid="journey">
          {days.map((day) => (
            <section key={day.date} aria-label={formatDay(day.date)}>
              <h4>{formatDay(day.date)}</h4>
              {day.visits.map((visit) => <VisitEvents key={visit.key} project={project} visit={visit} />)}
            </section>
          ))}
        </div>
      )}
      {query.hasNextPage && (
        <Button className={styles['more']} disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {query.isFetchingNextPage ? 'Reading…' : 'Older events'}
        </Button>
      )}
      {query.isFetchNextPageError && <ErrorState title="Older events could not be read" error={query.error} />}
    </section>
  );
}

function VisitEvents({ project, visit }: { project: Project; visit: Visit }) {
  const several = visit.events.length > 1;
  return (
    <div className={styles['visit']}>
      {several && visit.session !== null && (
        <p title={`Session ${visit.session}`}>{plural(visit.events.length, 'event')} in {formatDuration(visitSeconds(visit))}</p>
      )}
      <ol>
        {visit.events.map((event) => <JourneyEvent key={event.uuid} project={project} event={event} />)}
      </ol>
    </div>
  );
}

function JourneyEvent({ project, event }: { project: Project; event: EventSummary }) {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <button type="button" className={styles['event']} aria-expanded={open} onClick={() => setOpen(!open)}>
        <time dateTime={event.timestamp} title={formatFull(event.timestamp, undefined, project.timeZone)}>{formatClock(event.timestamp, undefined, project.timeZone)}</time>
        <b>{eventLabel(event.event)}</b>
        <span>{highlights(event)}</span>
      </button>
      {open && <div className={styles['eventProperties']}><Properties values={event.properties} /></div>}
    </li>
  );
}
