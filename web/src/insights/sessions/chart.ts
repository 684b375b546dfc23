// From an answer about sessions to what a chart draws, and the points that persons are behind. Pure.
import type { SessionsQuery, SessionsResult } from '../../api/types';
import { breakdownLabel, colorOf, otherColor, otherValue, type ChartData } from '../../charts/series';
import { formatBucketLong, plural } from '../../lib/format';
import { countryName, countryProperty } from '../../lib/countries';
import type { DrillPoint, KeyedPoint } from '../../persons/drill';
import { askedThen, breakdownOf, bucketPeriod, spanText } from '../shared/point';
import { metrics, type SessionMetric } from './state';

export type SessionsLine = SessionsResult['series'][number];

/** Whether there was no session, now and in the period before. */
export function isEmpty({ series }: SessionsResult): boolean {
  return series.every((one) => one.total.sessions === 0 && (one.compare?.total.sessions ?? 0) === 0);
}

export function lineKey({ breakdown }: SessionsLine): string {
  if (breakdown === undefined) return 'all';
  return breakdown === null ? 'none' : `=${breakdown}`;
}

export function lineLabel({ breakdown }: SessionsLine, query: SessionsQuery, otherwise = 'All sessions'): string {
  if (breakdown === undefined) return otherwise;
  const ofCountries = query.breakdown?.property === 'country' || query.breakdown?.eventProperty === countryProperty;
  if (breakdown !== null && breakdown !== otherValue && ofCountries) return countryName(breakdown);
  return breakdownLabel(breakdown);
}

export function sessionsChart(result: SessionsResult, query: SessionsQuery, metric: SessionMetric, hidden: readonly string[]): ChartData {
  const look = metrics.find((one) => one.key === metric) ?? metrics[0];
  let next = 0;
  return {
    series: result.series.map((one) => {
      const key = lineKey(one);
      return {
        key,
        label: lineLabel(one, query, look?.label),
        color: one.breakdown === otherValue ? otherColor : colorOf(next++),
        values: one.values.map((figures) => figures[metric]),
        total: one.total[metric],
        compare: one.compare ? { values: one.compare.values.map((figures) => figures[metric]), total: one.compare.total[metric] } : null,
        hidden: hidden.includes(key),
      };
    }),
    buckets: result.buckets,
    compareBuckets: result.compareBuckets ?? [],
    interval: result.interval,
    timeZone: result.timeZone,
    additive: metric === 'sessions' || metric === 'views',
    unit: look?.unit ?? 'number',
  };
}

/** A line at a bucket, or over the whole range where there is none; of the period before where that is asked. */
export function sessionsPoint(result: SessionsResult, query: SessionsQuery, series: number, bucket: number | null, compare = false): DrillPoint | null {
  const line = result.series[series];
  const values = compare ? line?.compare : line;
  const buckets = compare ? result.compareBuckets : result.buckets;
  const start = bucket === null ? undefined : buckets?.[bucket];
  const figures = bucket === null ? values?.total : values?.values[bucket];
  if (!line || !figures || !buckets || (bucket !== null && start === undefined)) return null;
  const asked = askedThen(query, result);
  return {
    label: `${lineLabel(line, query)}${compare ? ', the period before' : ''}`,
    when: start === undefined ? `${compare ? 'Before ' : ''}${spanText(asked, result.timeZone)}` : formatBucketLong(start, result.interval, result.timeZone),
    amount: plural(figures.sessions, 'session'),
    query: asked,
    point: { ...(bucket === null ? {} : { bucket }), ...breakdownOf(line), compare },
    period: bucket === null ? null : bucketPeriod(buckets, bucket),
  };
}

/** Every line that is shown, at a bucket, and each in the period before. */
export function sessionsPoints(result: SessionsResult, query: SessionsQuery, chart: ChartData, bucket: number): KeyedPoint[] {
  return chart.series.flatMap((one, series) =>
    one.hidden ? [] : [false, true].flatMap((compare) => {
      const point = sessionsPoint(result, query, series, bucket, compare);
      return point ? [{ key: compare ? `${one.key} before` : one.key, point }] : [];
    }),
  );
}
