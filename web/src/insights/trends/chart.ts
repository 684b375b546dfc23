// From an answer about trends to what a chart draws. Pure.
import type { TrendsQuery, TrendsResult, TrendsResultSeries } from '../../api/types';
import { breakdownLabel, colorOf, otherColor, otherValue, type ChartData } from '../../charts/series';
import { eventLabel, propertyLabel } from '../../lib/format';
import { askedMath } from './state';

export function chartData(result: TrendsResult, query: TrendsQuery, hidden: readonly string[]): ChartData {
  let next = 0;
  return {
    series: result.series.map((one) => {
      const key = seriesKey(one);
      return {
        key,
        label: seriesLabel(one, query, result.series),
        color: one.breakdown === otherValue ? otherColor : colorOf(next++),
        values: one.values,
        total: one.total,
        compare: one.compare ?? null,
        hidden: hidden.includes(key),
      };
    }),
    buckets: result.buckets,
    compareBuckets: result.compareBuckets ?? [],
    interval: result.interval,
    timeZone: result.timeZone,
    unit: 'number',
    additive:
      (query.formulas ?? []).length === 0 &&
      query.series.every((one) => one.math === 'total' || one.math === 'sum') &&
      result.series.every((one) => one.values.every((value) => value === null || value >= 0)),
  };
}

export function isEmpty(data: ChartData): boolean {
  return data.series.every((one) => !one.total && !one.compare?.total);
}

export function seriesKey(series: TrendsResultSeries): string {
  if (series.breakdown === undefined) return String(series.series);
  return `${series.series}:${series.breakdown === null ? '' : `=${series.breakdown}`}`;
}

/** What the reader called it, or what it counts; with the breakdown's value where there is one. */
export function seriesLabel(series: TrendsResultSeries, query: TrendsQuery, all: readonly TrendsResultSeries[]): string {
  if (series.breakdown === undefined || all.some((one) => one.series !== series.series)) return wholeLabel(series, query);
  return breakdownLabel(series.breakdown, query.breakdown?.property);
}

/** The label of a series that stands alone. */
export function wholeLabel(series: TrendsResultSeries, query: TrendsQuery): string {
  const asked = query.series[series.series];
  const own = asked ? (asked.name ?? describeSeries(asked, query)) : series.name;
  return series.breakdown === undefined ? own : `${own} · ${breakdownLabel(series.breakdown, query.breakdown?.property)}`;
}

/** What each series of a question is called; no two the same. */
export function seriesNames(query: TrendsQuery): string[] {
  const names = query.series.map((one) => one.name ?? describeSeries(one, query));
  return names.map((name, index) => (names.indexOf(name) === index ? name : `${name} ${String(index + 1)}`));
}

function describeSeries(series: TrendsQuery['series'][number], query: TrendsQuery): string {
  const event = eventLabel(series.event);
  const { math, short } = askedMath(series);
  if (series.property !== null) return `${event}, ${short} of ${propertyLabel(series.property)}`;
  const ambiguous = query.series.filter((one) => one.event === series.event).length > 1;
  return math === 'total' && !ambiguous ? event : `${event}, ${short}`;
}
