import { useInfiniteQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useMemo, useState, type CSSProperties } from 'react';
import { eventsQuery } from '../api/queries';
import type { EventSummary, Project } from '../api/types';
import { today } from '../lib/dates';
import { formatAgo, formatFull, formatMoment, noValue, plural } from '../lib/format';
import { useNow } from '../lib/now';
import { Link, useSearch, useSetSearch } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { columnLabel, columnText, isSpecial, rememberColumns, rememberedColumns } from '../state/columns';
import { defaultEvents, formatEvents, lastDays, parseEvents, type EventsState } from '../state/events';
import { isComplete, maxFilters } from '../state/filters';
import { Button, buttonClass, Hidden, IconButton, Select } from '../ui/controls';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import { classes } from '../ui/classes';
import ui from '../ui/ui.module.css';
import { EventDialog } from './EventDialog';
import styles from './Events.module.css';
import { EventPicker, FilterEditor } from './FilterEditor';
import { Page } from './Page';

const EventColumns = lazy(() => import('./EventColumns').then((views) => ({ default: views.EventColumns })));

export default function EventsView({ project }: { project: Project }) {
  const search = useSearch();
  const setSearch = useSetSearch();
  const state = useMemo(() => parseEvents(search), [search]);
  const update = (changed: Partial<EventsState>) => setSearch(formatEvents({ ...state, ...changed }));
  const query = useInfiniteQuery(
    eventsQuery(project.id, { event: state.event, filters: state.filters.filter(isComplete), from: state.from, to: state.to }),
  );
  const [columns, setColumns] = useState(() => rememberedColumns(project.id));
  const [choosing, setChoosing] = useState(false);
  const change = useCallback((chosen: readonly string[]) => {
    setColumns(chosen);
    rememberColumns(project.id, chosen);
  }, [project.id]);
  const events = query.data?.pages.flatMap((page) => page.events) ?? [];
  const filtered = formatEvents({ ...state, open: null }) !== '';
  const close = useCallback(() => setSearch(formatEvents({ ...state, open: null })), [state, setSearch]);

  const addFilter = (property: string, value: string) =>
    update({
      open: null,
      filters: [...state.filters, { property, operator: 'is' as const, values: [value] }].slice(-maxFilters),
    });

  return (
    <Page title="Events"
      actions={
        <>
          <Link className={buttonClass()} href={projectAddress(project.id, 'live', state.event === null ? '' : new URLSearchParams({ event: state.event }).toString())}>Watch live</Link>
          <Button onClick={() => setChoosing(true)} data-testid="choose-columns">Columns</Button>
          <Button icon="refresh" disabled={query.isFetching} onClick={() => void query.refetch()}>{query.isFetching && !query.isFetchingNextPage ? 'Reading…' : 'Refresh'}</Button>
        </>
      }>
      <section className={classes(ui['card'], styles['controls'])} aria-label="Which events">
        <div className={styles['first']}>
          <EventPicker project={project.id} value={state.event} label="Event to show" onChange={(event) => update({ event })} />
          <Dates project={project} state={state} update={update} />
          {filtered && <Button small variant="ghost" onClick={() => update(defaultEvents)}>Clear all</Button>}
        </div>
        <FilterEditor project={project.id} event={state.event} filters={state.filters} addLabel="Add a filter" onChange={(filters) => update({ filters })} />
      </section>

      <section className={ui['card']} aria-label="Events, newest first">
        {query.isError && events.length === 0 ? (
          <ErrorState title="The events could not be read" error={query.error} retry={() => void query.refetch()} />
        ) : query.isPending ? (
          <ListSkeleton />
        ) : events.length === 0 ? (
          filtered ? (
            <EmptyState icon="search" title="No such events" actions={<Button onClick={() => update(defaultEvents)}>Clear all filters</Button>}>
              Nothing that arrived matches all of this.
            </EmptyState>
          ) : (
            <EmptyState icon="events" title="No events yet"
              actions={<Link href={projectAddress(project.id, 'start')} className={buttonClass('primary')}>Set up an SDK</Link>}>
              What your SDKs send is listed here, newest first, within a second of its arrival.
            </EmptyState>
          )
        ) : (
          <>
            <List project={project} events={events} columns={columns} stale={query.isPlaceholderData} onOpen={(uuid) => update({ open: uuid })} />
            <div className={styles['foot']}>
              <span role="status">{plural(events.length, 'event')} shown</span>
              {query.hasNextPage ? (
                <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()} data-testid="load-more">
                  {query.isFetchingNextPage ? 'Reading…' : 'Load more'}
                </Button>
              ) : (
                <span>That is all of them</span>
              )}
            </div>
            {query.isFetchNextPageError && <ErrorState title="More events could not be read" error={query.error} />}
          </>
        )}
      </section>
      {choosing && <Suspense><EventColumns project={project.id} event={state.event} columns={columns} onChange={change} onClose={() => setChoosing(false)} /></Suspense>}
      {state.open !== null && <EventDialog project={project} uuid={state.open} onClose={close} onFilter={addFilter} />}
    </Page>
  );
}

function Dates({ project, state, update }: { project: Project; state: EventsState; update: (changed: Partial<EventsState>) => void }) {
  const now = today(project.timeZone, new Date(useNow(60_000)));
  const ranges: readonly (readonly [string, number])[] = [['Today', 1], ['Last 7 days', 7], ['Last 30 days', 30]];
  const preset = ranges.find(([, days]) => {
    const range = lastDays(days, now);
    return range.from === state.from && range.to === state.to;
  });
  const value = state.from === null && state.to === null ? 'any' : (preset?.[1] ?? 'custom');
  return (
    <>
      <Select label="When" className={styles['when']} value={value} onChange={(event) => {
        const chosen = event.target.value;
        if (chosen === 'any') update({ from: null, to: null });
        else if (chosen === 'custom') update({ from: state.from ?? lastDays(2, now).from, to: state.from === null ? lastDays(2, now).from : state.to });
        else update(lastDays(Number(chosen), now));
      }}>
        <option value="any">Any time</option>
        {ranges.map(([label, days]) => <option key={days} value={days}>{label}</option>)}
        <option value="custom">Calendar dates</option>
      </Select>
      {value === 'custom' && (
        <span className={styles['dates']}>
          <input type="date" className={ui['input']} aria-label="From" value={state.from ?? ''} onChange={(event) => update({ from: event.target.value || null })} />
          <input type="date" className={ui['input']} aria-label="To" value={state.to ?? ''} onChange={(event) => update({ to: event.target.value || null })} />
          <IconButton small icon="close" label="Any time" onClick={() => update({ from: null, to: null })} />
        </span>
      )}
    </>
  );
}

interface ListProps {
  project: Project;
  events: readonly EventSummary[];
  columns: readonly string[];
  stale: boolean;
  onOpen: (uuid: string) => void;
}

function List({ project, events, columns, stale, onOpen }: ListProps) {
  const now = useNow(10_000);
  const usual = columns.every(isSpecial);
  const grid = { '--columns': columns.map(width).join(' '), '--least': `${String(columns.length * 120)}px` } as CSSProperties;
  return (
    <div className={styles['wideList']}>
      <ul className={styles['rows']} style={grid} data-stale={stale} data-usual={usual} data-testid="events">
        {columns.length > 0 && (
          <li className={styles['columnHeads']} role="presentation" aria-hidden="true">
            {columns.map((column) => <span key={column} title={column} data-column={column}>{columnLabel(column)}</span>)}
          </li>
        )}
        {events.map((event) => (
          <li key={event.uuid}>
            <button type="button" className={styles['row']} onClick={() => onOpen(event.uuid)}>
              {columns.map((column) => <Cell key={column} project={project} event={event} column={column} now={now} />)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Cell({ project, event, column, now }: { project: Project; event: EventSummary; column: string; now: number }) {
  const text = columnText(event, column);
  if (text !== null && (column === '@time' || column === '@received')) {
    return (
      <time className={styles['time']} data-column={column} dateTime={text} title={formatFull(text, undefined, project.timeZone)}>
        <span>{formatMoment(text, undefined, project.timeZone)}</span>
        <small>{formatAgo(text, Math.max(now, Date.parse(text)))}</small>
      </time>
    );
  }

  return (
    <span className={styles[column === '@event' ? 'event' : column === '@summary' ? 'what' : isSpecial(column) ? 'person' : 'property']} data-column={column} data-none={text === null} title={column === '@event' ? event.event : (text ?? '')}>
      {!isSpecial(column) && <i><Hidden>, </Hidden>{columnLabel(column)}<Hidden>: </Hidden></i>}
      {text ?? noValue}
    </span>
  );
}

function width(column: string): string {
  switch (column) {
    case '@event': return 'minmax(110px, 1fr)';
    case '@summary': return 'minmax(120px, 2.4fr)';
    case '@time': case '@received': return '172px';
    default: return 'minmax(90px, 1.2fr)';
  }
}

function ListSkeleton() {
  return (
    <ul className={styles['rows']} aria-busy="true" aria-label="Reading events">
      {Array.from({ length: 10 }, (_, index) => (
        <li key={index} className={styles['row']}>
          <Skeleton width={110} /><Skeleton width="80%" /><Skeleton width="60%" /><Skeleton width={110} />
        </li>
      ))}
    </ul>
  );
}
