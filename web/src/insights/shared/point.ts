// What the points of all kinds share: the query as it was when the answer was made, and its time in words. Pure.
import type { Period } from '../../api/persons';
import type { Answered, InsightQuery } from '../../api/types';
import { formatDate, formatMoment, plural } from '../../lib/format';
import { pinned } from '../../state/range';

/** The query with the range that its answer is of, so that a point still means the same when time has gone on. */
export function askedThen<Query extends InsightQuery>(query: Query, answer: Answered): Query {
  return { ...query, range: pinned(query.range, answer.timeZone, new Date(answer.computedAt)) };
}

/** "18 Nov 2026 – 24 Nov 2026". */
export function spanText({ range }: Pick<InsightQuery, 'range'>, timeZone: string, locale?: string): string {
  if ('last' in range) return `the last ${plural(range.last, range.unit, `${range.unit}s`, locale)}`;
  const text = (bound: string) => (bound.includes('T') ? formatMoment(bound, locale, timeZone) : formatDate(bound, locale));
  return range.from === range.to ? text(range.from) : `${text(range.from)} – ${text(range.to)}`;
}

/** From a bucket's start to the next one's; the last one is open. */
export function bucketPeriod(buckets: readonly string[], bucket: number): Period | null {
  const from = buckets[bucket];
  return from === undefined ? null : { from, to: buckets[bucket + 1] ?? null };
}

/** The breakdown of a point, which is left out where the query has none. */
export function breakdownOf({ breakdown }: { breakdown?: string | null | undefined }): { breakdown?: string | null } {
  return breakdown === undefined ? {} : { breakdown };
}
