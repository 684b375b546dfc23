// The points of Home that persons are behind. Pure.
import type { InsightPoint, TrendsQuery, TrendsResult, WebQuery, WebResult, WebRow, WebVitalName } from '../api/types';
import { formatBucketLong, formatNumber, plural } from '../lib/format';
import { askedThen, bucketPeriod, spanText } from '../insights/shared/point';
import type { DrillPoint } from '../persons/drill';
import { askedBy, type ListBy } from './lists';

/** The visitors of a row, and those with the same value in the period before. */
export function rowPoints(result: WebResult, query: WebQuery, by: ListBy, row: WebRow, label: string): DrillPoint[] {
  const asked = askedThen(query, result);
  const when = spanText(asked, result.timeZone);
  const of = (visitors: number, compare: boolean): DrillPoint => ({
    label: compare ? `${label}, the period before` : label, when: compare ? `before ${when}` : when, amount: plural(visitors, 'visitor'),
    query: asked, point: { ...askedBy(by), value: row.value, compare }, period: null,
  });
  return [of(row.visitors, false), ...(row.compare ? [of(row.compare.visitors, true)] : [])];
}

/** The persons with a measurement, of a page or over all. */
export function vitalPoint(result: WebResult, query: WebQuery, vital: WebVitalName, label: string, figure: string, page?: string | null): DrillPoint {
  const asked = { ...askedThen(query, result), lists: [] };
  const of: InsightPoint = page === undefined ? { vital } : { vital, by: 'page', value: page };
  return { label, when: spanText(asked, result.timeZone), amount: figure, query: asked, point: of, period: null };
}

/** The visitors of a point in the chart, and those of the same place in the period before. */
export function visitorPoints(result: WebResult, query: WebQuery, bucket: number): DrillPoint[] {
  const asked = { ...askedThen(query, result), lists: [] };
  return [result.series, result.compare?.series].flatMap((series, index) => {
    const [start, figures] = [series?.buckets[bucket], series?.values[bucket]];
    if (!series || start === undefined || !figures) return [];
    return [{
      label: index === 0 ? 'Visitors' : 'Visitors, the period before', when: formatBucketLong(start, series.interval, result.timeZone), amount: plural(figures.visitors, 'visitor'),
      query: asked, point: { bucket, compare: index === 1 }, period: bucketPeriod(series.buckets, bucket),
    }];
  });
}

/** The persons of a line of a trend, at a bucket or of the whole range. */
export function linePoints(result: TrendsResult, query: TrendsQuery, at: number, bucket: number | null, label: string): DrillPoint[] {
  const line = result.series[at];
  const asked = askedThen(query, result);
  return [false, true].flatMap((compare) => {
    const values = compare ? line?.compare : line;
    const buckets = compare ? result.compareBuckets : result.buckets;
    const start = bucket === null ? undefined : buckets?.[bucket];
    if (!line || !values || (bucket !== null && start === undefined)) return [];
    return [{
      label: compare ? `${label}, the period before` : label,
      when: start === undefined ? spanText(asked, result.timeZone) : formatBucketLong(start, result.interval, result.timeZone),
      amount: formatNumber(bucket === null ? values.total : values.values[bucket]),
      query: asked,
      point: { series: line.series, compare, ...(bucket === null ? {} : { bucket }), ...(line.breakdown === undefined ? {} : { breakdown: line.breakdown }) },
      period: bucket === null || !buckets ? null : bucketPeriod(buckets, bucket),
    }];
  });
}
