import type { ReactNode } from 'react';
import type { Answered, InsightQuery, Interval, Project } from '../api/types';
import { Annotations } from '../annotations/Annotations';
import { ongoingFrom } from '../charts/ongoing';
import { summarise, type ChartData } from '../charts/series';
import { TrendsChart } from '../charts/TrendsChart';
import { Share } from '../insights/shared/Share';
import { formatAgo, formatBucket, formatBucketLong } from '../lib/format';
import { useNow } from '../lib/now';
import { useZoom } from '../insights/shared/zoom';
import { intervalsFor, type Range } from '../state/range';
import { Hidden, IconButton, Select } from '../ui/controls';
import { ErrorState, Skeleton } from '../ui/states';
import ui from '../ui/ui.module.css';
import styles from './Overview.module.css';

const height = 280;

interface OverviewProps {
  project: Project;
  query: InsightQuery;
  numbers: ReactNode;
  chart: ChartData | null;
  answer: Answered | undefined;
  error: unknown;
  stale: boolean;
  /** Where the question is, over the chart. */
  waiting: ReactNode;
  fetching: boolean;
  range: Range;
  interval: Interval;
  compare: boolean;
  onInterval: (interval: Interval) => void;
  onSelect: (bucket: number) => void;
  onRange: (range: Range) => void;
  onRefresh: () => void;
}

/** The key numbers and the course of the chosen one. */
export function Overview({ project, query, numbers, chart, answer, error, stale, waiting, fetching, range, interval, compare, onInterval, onSelect, onRange, onRefresh }: OverviewProps) {
  const zoom = useZoom(chart, range, onRange);
  return (
    <section className={ui['card']} aria-label="Overview" data-testid="home-overview" aria-busy={fetching} data-stale={stale}>
      {error && !answer ? <div className={styles['overviewFailed']}><ErrorState title="The numbers could not be read" error={error} retry={onRefresh} /></div> : (
        <>
          {numbers}
          <div className={styles['chartHead']}>
            <p>{compare && chart && answer ? comparedWith(chart, answer.computedAt) : ''}</p>
            <Select label="Interval" className={styles['interval']} value={interval} data-testid="interval" onChange={(event) => onInterval(event.target.value as Interval)}>
              {intervalsFor(range).map((one) => <option key={one} value={one}>by {one}</option>)}
            </Select>
          </div>
          <div className={styles['chartRoom']}>
            <div data-picture><figure className={styles['figure']} style={{ minHeight: height }}>
              {chart && answer ? (
                <>
                  <Annotations project={project} chart={chart}>
                    {(marks) => <TrendsChart data={chart} kind="line" height={height} ongoingFrom={ongoingFrom(chart.buckets, chart.interval, answer.computedAt)} onSelect={onSelect} marks={marks} onZoom={zoom} />}
                  </Annotations>
                  <figcaption><Hidden>{summarise(chart)}</Hidden></figcaption>
                </>
              ) : <><Skeleton height={height} /><div className={styles['annotate']} /></>}
            </figure></div>
            {waiting}
          </div>
          <Age project={project} query={query} answer={answer} fetching={fetching} onRefresh={onRefresh} />
        </>
      )}
    </section>
  );
}

/** The time that the dotted line is of; and that a part of the other is still to come, where it is. */
function comparedWith({ buckets, compareBuckets, interval, timeZone }: ChartData, computedAt: string): string {
  const [first, last] = [compareBuckets[0], compareBuckets.at(-1)];
  if (first === undefined || last === undefined) return '';
  const name = (bucket: string) => formatBucket(bucket, interval, timeZone);
  // Of hours the day is told once.
  const start = interval === 'hour' || interval === 'minute' ? formatBucketLong(first, interval, timeZone) : name(first);
  const open = ongoingFrom(buckets, interval, computedAt) < buckets.length ? `; this ${interval} is not over` : '';
  return `Dotted: ${first === last ? start : `${start} – ${name(last)}`}${open}`;
}

function Age({ project, query, answer, fetching, onRefresh }: { project: Project; query: InsightQuery; answer: Answered | undefined; fetching: boolean; onRefresh: () => void }) {
  const now = useNow(1_000);
  return (
    <p className={styles['age']}>
      {answer ? <span>Computed {formatAgo(answer.computedAt, Math.max(now, Date.parse(answer.computedAt)))} · times in {answer.timeZone.replaceAll('_', ' ')}</span> : <Skeleton width={200} />}
      <Share project={project} query={query} />
      <IconButton small icon="refresh" label="Compute again" disabled={fetching} onClick={onRefresh} />
    </p>
  );
}
