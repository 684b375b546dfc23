import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { eventActivityQuery } from '../api/data';
import type { EventActivityItem, Project } from '../api/types';
import { Sparkline } from '../charts/Sparkline';
import { eventLabel, formatAgo, formatCompact, formatFull, formatNumber, plural } from '../lib/format';
import { useNow } from '../lib/now';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Button, buttonClass } from '../ui/controls';
import { SearchField } from '../ui/search';
import { EmptyState, ErrorState } from '../ui/states';
import ui from '../ui/ui.module.css';
import styles from './data.module.css';
import { EventNameDialog } from './EventNameDialog';
import { NamesTable, type NameColumn } from './NamesTable';
import { NamesSkeleton } from './NamesSkeleton';
import type { DataState } from './state';

interface EventNamesProps {
  project: Project;
  state: DataState;
  update: (changed: Partial<DataState>) => void;
}

export function EventNames({ project, state, update }: EventNamesProps) {
  const { data, isPending, isError, error, refetch, isPlaceholderData } = useQuery(eventActivityQuery(project.id, state.search));
  const now = useNow(30_000);
  const close = useCallback(() => update({ open: null }), [update]);
  const time = (instant: string) => (
    <time dateTime={instant} title={`${formatFull(instant, undefined, project.timeZone)}, to a quarter of an hour`}>{formatAgo(instant, Math.max(now, Date.parse(instant)))}</time>
  );
  const columns: readonly NameColumn<EventActivityItem>[] = [
    {
      label: 'Last 30 days', sort: 'volume', by: (row) => row.recent, className: styles['volume'],
      cell: (row) => (
        <span className={styles['course']} title={`${plural(row.recent, 'event')} in 30 days, ${formatNumber(row.count)} in all`}>
          <span className={styles['spark']}><Sparkline values={row.days} color="var(--series-0)" /></span>
          <b>{formatCompact(row.recent)}</b>
        </span>
      ),
    },
    { label: 'First seen', sort: 'first', by: (row) => Date.parse(row.firstSeen), cell: (row) => time(row.firstSeen), wide: true },
    { label: 'Last seen', sort: 'last', by: (row) => Date.parse(row.lastSeen), cell: (row) => time(row.lastSeen) },
  ];

  return (
    <>
      <section className={ui['card']} aria-label="Names of events">
        <div className={styles['tools']}>
          <SearchField label="Find an event" testId="search-names" search={state.search} onChange={(search) => update({ search })} />
          {data && data.total > data.events.length && <p>The {formatNumber(data.events.length)} most frequent of {formatNumber(data.total)}. The search finds the others.</p>}
        </div>
        {isPending ? <NamesSkeleton />
          : isError && !data ? <ErrorState title="The names of events could not be read" error={error} retry={() => void refetch()} />
          : data.events.length === 0 ? (
            state.search !== '' ? (
              <EmptyState icon="search" title="No event has such a name" actions={<Button onClick={() => update({ search: '' })}>Show all events</Button>} />
            ) : (
              <EmptyState icon="events" title="No events yet" actions={<Link href={projectAddress(project.id, 'start')} className={buttonClass('primary')}>Set up an SDK</Link>}>
                Every name under which an event arrives is listed here.
              </EmptyState>
            )
          ) : (
            <div data-stale={isPlaceholderData} className={styles['list']}>
              <NamesTable project={project} kind="event" rows={data.events} columns={columns} label={eventLabel} state={state} update={update} testId="event-names" />
            </div>
          )}
      </section>
      {state.open !== null && <EventNameDialog key={state.open} project={project} name={state.open} item={data?.events.find((one) => one.name === state.open) ?? null} onClose={close} />}
    </>
  );
}
