// The points of the lifecycle that persons are behind: the pieces of the bars. Pure.
import type { LifecycleQuery, LifecycleResult } from '../../api/types';
import { formatBucketLong, plural } from '../../lib/format';
import type { DrillPoint, KeyedPoint } from '../../persons/drill';
import { askedThen, bucketPeriod } from '../shared/point';
import { counted } from '../shared/unit';
import { statuses, type Status } from './state';

export function statusPoint(result: LifecycleResult, query: LifecycleQuery, status: Status, bucket: number): DrillPoint | null {
  const start = result.buckets[bucket];
  const look = statuses.find((one) => one.status === status);
  if (start === undefined || !look) return null;
  return {
    label: look.label,
    when: formatBucketLong(start, result.interval, result.timeZone),
    amount: plural(result[status][bucket] ?? 0, counted(query.unit)),
    query: askedThen(query, result),
    point: { status, bucket },
    // Who is dormant has no events there.
    period: status === 'dormant' ? null : bucketPeriod(result.buckets, bucket),
  };
}

/** Every status that is shown, in an interval. */
export function statusPoints(result: LifecycleResult, query: LifecycleQuery, hidden: readonly Status[], bucket: number): KeyedPoint[] {
  return statuses.flatMap(({ status }) => {
    const point = hidden.includes(status) ? null : statusPoint(result, query, status, bucket);
    return point ? [{ key: status, point }] : [];
  });
}
