import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { useLive, type LiveStatus } from '../api/live';
import { latestEventsQuery } from '../api/queries';
import type { EventSummary, LiveEvent, Project } from '../api/types';
import { SparkBars } from '../charts/SparkBars';
import { eventLabel, formatAgo, formatFull, formatNumber, plural } from '../lib/format';
import { useNow } from '../lib/now';
import { Link, useSearch, useSetSearch } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { useShortcuts } from '../lib/shortcuts';
import { isText } from '../state/texts';
import { Button, buttonClass } from '../ui/controls';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import styles from './Live.module.css';
import { EventPicker } from './FilterEditor';
import { Page } from './Page';

const EventDialog = lazy(() => import('./EventDialog').then((views) => ({ default: views.EventDialog })));

const kept = 200;
const firstRows = 30;

interface Stream {
  shown: LiveEvent[];
  held: LiveEvent[];
  heldCount: number;
  paused: boolean;
}

export function LiveView({ project }: { project: Project }) {
  const named = new URLSearchParams(useSearch()).get('event');
  const event = isText(named) ? named : null;
  // What came of one event is nothing of another's stream.
  return <Watched key={event} project={project} event={event} />;
}

function Watched({ project, event }: { project: Project; event: string | null }) {
  const setSearch = useSetSearch();
  const [stream, setStream] = useState<Stream>({ shown: [], held: [], heldCount: 0, paused: false });
  const [open, setOpen] = useState<string | null>(null);
  const latest = useQuery(latestEventsQuery(project.id, firstRows, event));

  const receive = useCallback((events: LiveEvent[], arrived: number) => {
    setStream((now) =>
      now.paused
        ? { ...now, held: merge(events, now.held), heldCount: now.heldCount + arrived }
        : { ...now, shown: merge(events, now.shown) },
    );
  }, []);
  const live = useLive(project.id, event, receive);

  const toggle = useCallback(() => {
    setStream((now) => ({ ...now, shown: merge(now.held, now.shown), held: [], heldCount: 0, paused: !now.paused }));
  }, []);
  useShortcuts(useMemo(() => ({ p: toggle, ' ': toggle }), [toggle]));

  const earlier = latest.data?.events;
  const rows = useMemo(() => merge(stream.shown, (earlier ?? []).map(toLive)), [stream.shown, earlier]);
  const close = useCallback(() => setOpen(null), []);
  const { online } = live;

  return (
    <Page title="Live" actions={<Status status={live.status} paused={stream.paused} />}>
      <div className={styles['tiles']}>
        <section className={styles['tile']} aria-labelledby="online-now">
          <h2 id="online-now">Online now</h2>
          <p className={styles['figure']} data-testid="online-now">
            {online ? formatNumber(online.online) : <Skeleton width={64} height={34} />}
          </p>
          <p className={styles['note']}>in the last 5 minutes</p>
        </section>
        <section className={styles['tile']} aria-labelledby="per-minute">
          <h2 id="per-minute">Events per minute</h2>
          <p className={styles['figure']} data-testid="events-per-minute">
            {online ? formatNumber(online.eventsPerMinute) : <Skeleton width={64} height={34} />}
          </p>
          <p className={styles['note']}>right now</p>
        </section>
        <section className={styles['wide']} aria-labelledby="last-half-hour">
          <h2 id="last-half-hour">Last 30 minutes</h2>
          {online ? <SparkBars values={online.minutes} height={68} /> : <Skeleton height={68} />}
          <div className={styles['sparkAxis']} aria-hidden="true"><span>30 min ago</span><span>now</span></div>
        </section>
      </div>

      <section className={styles['stream']} aria-labelledby="stream">
        <div className={styles['streamHead']}>
          <h2 id="stream">Events as they arrive</h2>
          <EventPicker project={project.id} value={event} label="Event to watch" testId="live-event"
            onChange={(chosen) => setSearch(chosen === null ? '' : new URLSearchParams({ event: chosen }).toString())} />
          {stream.paused && (
            <span className={styles['held']} role="status" data-testid="held">{plural(stream.heldCount, 'new event')}</span>
          )}
          <Button small icon={stream.paused ? 'play' : 'pause'} aria-pressed={stream.paused} onClick={toggle} data-testid="pause">
            {stream.paused ? 'Resume' : 'Pause'}
          </Button>
        </div>
        {rows.length > 0 ? (
          <Rows rows={rows} onOpen={setOpen} timeZone={project.timeZone} />
        ) : latest.isPending ? (
          <div className={styles['loading']} aria-busy="true">
            {Array.from({ length: 8 }, (_, index) => <Skeleton key={index} height={20} />)}
          </div>
        ) : latest.isError ? (
          <ErrorState title="The events could not be read" error={latest.error} retry={() => void latest.refetch()} />
        ) : event !== null ? (
          <EmptyState icon="live" title="Waiting for the next one">Events of this name show up here the moment they arrive.</EmptyState>
        ) : (
          <EmptyState icon="live" title="Waiting for the first event"
            actions={<Link href={projectAddress(project.id, 'start')} className={buttonClass('primary')}>Set up an SDK</Link>}>
            Events show up here the moment they arrive. Point an SDK that you already use at this project to begin.
          </EmptyState>
        )}
      </section>
      {open !== null && <Suspense><EventDialog project={project} uuid={open} onClose={close} /></Suspense>}
    </Page>
  );
}

function Status({ status, paused }: { status: LiveStatus; paused: boolean }) {
  const text = status !== 'live' ? (status === 'connecting' ? 'Connecting…' : 'Reconnecting…') : paused ? 'Paused' : 'Live';
  return (
    <span className={styles['status']} data-status={status === 'live' && paused ? 'paused' : status} role="status" data-testid="live-status">
      <i aria-hidden="true" />
      {text}
    </span>
  );
}

function Rows({ rows, onOpen, timeZone }: { rows: readonly LiveEvent[]; onOpen: (uuid: string) => void; timeZone: string }) {
  const now = useNow(1_000);
  return (
    <ul className={styles['rows']} data-testid="live-events">
      {rows.map((row) => (
        <li key={row.uuid}>
          <button type="button" className={styles['row']} onClick={() => onOpen(row.uuid)}>
            <span className={styles['event']} title={row.event}>{eventLabel(row.event)}</span>
            <span className={styles['url']}>{row.url === null ? '' : shortUrl(row.url)}</span>
            <span className={styles['person']}>{row.distinctId}</span>
            <span className={styles['where']}>{[row.browser, row.os, row.country].filter(Boolean).join(' · ')}</span>
            <time className={styles['time']} dateTime={row.timestamp} title={formatFull(row.timestamp, undefined, timeZone)}>
              {formatAgo(row.timestamp, Math.max(now, Date.parse(row.timestamp)))}
            </time>
          </button>
        </li>
      ))}
    </ul>
  );
}

function merge(newer: readonly LiveEvent[], older: readonly LiveEvent[]): LiveEvent[] {
  if (newer.length === 0) return older.slice(0, kept);
  const seen = new Set(newer.map((one) => one.uuid));
  return [...newer, ...older.filter((one) => !seen.has(one.uuid))].slice(0, kept);
}

function toLive(event: EventSummary): LiveEvent {
  const text = (name: string) => {
    const value = event.properties[name];
    return typeof value === 'string' ? value : null;
  };
  return {
    uuid: event.uuid,
    event: event.event,
    distinctId: event.distinctId,
    timestamp: event.timestamp,
    url: text('$current_url'),
    browser: text('$browser'),
    os: text('$os'),
    country: text('$geoip_country_code'),
  };
}

function shortUrl(url: string): string {
  return url.replace(/^https?:\/\//, '');
}
