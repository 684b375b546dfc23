// The points of the lifecycle that persons are behind: the pieces of the bars. Pure.
import type { LifecycleQuery, LifecycleResult, LifecycleSeries } from '../../api/types';
import { formatBucketLong, plural } from '../../lib/format';
import type { DrillPoint, KeyedPoint } from '../../persons/drill';
import { askedThen, breakdownOf, bucketPeriod } from '../shared/point';
import { counted } from '../shared/unit';
import { askedOf, valueSuffix } from '../shared/values';
import { statuses, type Status } from './state';

/** @param value Of which persons are asked for; null for all values together. */
export function statusPoint(result: LifecycleResult, query: LifecycleQuery, status: Status, bucket: number, value: LifecycleSeries | null = null): DrillPoint | null {
  const start = result.buckets[bucket];
  const look = statuses.find((one) => one.status === status);
  if (start === undefined || !look) return null;
  return {
    label: `${look.label}${valueSuffix(value, query.breakdown)}`,
    when: formatBucketLong(start, result.interval, result.timeZone),
    amount: plural((value ?? result)[status][bucket] ?? 0, counted(query.unit)),
    query: askedThen(askedOf(query, value), result),
    point: { status, bucket, ...breakdownOf(value ?? {}) },
    // Who is dormant has no events there.
    period: status === 'dormant' ? null : bucketPeriod(result.buckets, bucket),
  };
}

/** Every status that is shown, in an interval. */
export function statusPoints(result: LifecycleResult, query: LifecycleQuery, hidden: readonly Status[], bucket: number, value: LifecycleSeries | null = null): KeyedPoint[] {
  return statuses.flatMap(({ status }) => {
    const point = hidden.includes(status) ? null : statusPoint(result, query, status, bucket, value);
    return point ? [{ key: status, point }] : [];
  });
}
