// The points of trends that persons are behind. Pure.
import type { SeriesMath, TrendsQuery, TrendsQuerySeries, TrendsResult } from '../../api/types';
import type { ChartData } from '../../charts/series';
import { formatBucketLong, formatNumber, plural } from '../../lib/format';
import type { DrillPoint, KeyedPoint } from '../../persons/drill';
import { askedThen, breakdownOf, bucketPeriod, spanText } from '../shared/point';
import { wholeLabel } from './chart';
import { askedMath } from './state';

/**
 * A line at a bucket, or over the whole range where there is none; of the period before where that is asked. Behind a formula are
 * the persons of every series in it.
 */
export function trendPoint(result: TrendsResult, query: TrendsQuery, data: ChartData, series: number, bucket: number | null, compare = false): DrillPoint | null {
  const [answered, look] = [result.series[series], data.series[series]];
  const values = compare ? look?.compare : look;
  if (!answered || !look || !values) return null;
  const counted = query.series[answered.series];
  const asked = askedThen(query, result);
  const buckets = compare ? data.compareBuckets : data.buckets;
  const start = bucket === null ? undefined : buckets[bucket];
  return {
    label: `${wholeLabel(answered, query)}${compare ? ', the period before' : ''}`,
    when: start === undefined
      ? `${compare ? 'Before ' : ''}${spanText(asked, result.timeZone)}`
      : `${query.cumulative ? 'Up to ' : ''}${formatBucketLong(start, result.interval, result.timeZone)}`,
    amount: amount(counted, bucket === null ? values.total : (values.values[bucket] ?? null)),
    query: asked,
    point: { series: answered.series, ...(bucket === null ? {} : { bucket }), ...breakdownOf(answered), compare },
    period: bucket === null || query.cumulative || (counted ? [counted] : query.series).some((one) => looksBack.has(one.math)) ? null : bucketPeriod(buckets, bucket),
  };
}

/** Their points count events of buckets before them too. */
const looksBack: ReadonlySet<SeriesMath> = new Set(['weekly_active', 'monthly_active']);

/** In words; of a formula, which counts nothing by itself, the number. */
function amount(counted: TrendsQuerySeries | undefined, value: number | null): string {
  if (value === null || !counted) return formatNumber(value);
  const { math, short } = askedMath(counted);
  if (math === 'total') return plural(value, 'event');
  return math === 'unique_persons' ? plural(value, 'person') : `${short} ${formatNumber(value)}`;
}

/** Every series that is shown, at a bucket, and each in the period before. */
export function trendPoints(result: TrendsResult, query: TrendsQuery, data: ChartData, bucket: number): KeyedPoint[] {
  return data.series.flatMap((one, series) =>
    one.hidden ? [] : [false, true].flatMap((compare) => {
      const point = trendPoint(result, query, data, series, bucket, compare);
      return point ? [{ key: compare ? `${one.key} before` : one.key, point }] : [];
    }),
  );
}
