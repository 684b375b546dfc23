import type { Interval } from '../api/types';

const lengths: Record<Interval, number> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 28 * 86_400_000,
};

/**
 * The first bucket that was still filling when the result was computed; the number of buckets when none was.
 * The last bucket's end is not told, so a day with a clock change may count as ended an hour early or late.
 */
export function ongoingFrom(buckets: readonly string[], interval: Interval, computedAt: string): number {
  const now = Date.parse(computedAt);
  for (let index = 0; index < buckets.length; index++) {
    const next = buckets[index + 1];
    const end = next === undefined ? Date.parse(buckets[index] ?? '') + lengths[interval] : Date.parse(next);
    if (end > now) return index;
  }

  return buckets.length;
}
