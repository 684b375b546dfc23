// From an answer about stickiness with a breakdown to what a chart draws. Pure.
import type { StickinessQuery, StickinessResult } from '../../api/types';
import { breakdownLabel, colorOf, otherColor, otherValue, type ChartData } from '../../charts/series';
import { eventLabel } from '../../lib/format';
import { reach } from './points';

type Series = StickinessResult['series'][number];

export function seriesKey({ series, breakdown }: Series): string {
  return `${String(series)}:${breakdown === null || breakdown === undefined ? '' : `=${breakdown}`}`;
}

/** What a series is of; with the breakdown's value where there is one. */
export function seriesLabel(one: Series, { breakdown, series }: Pick<StickinessQuery, 'breakdown' | 'series'>): string {
  if (one.breakdown === undefined) return eventLabel(one.name);
  const value = breakdownLabel(one.breakdown, breakdown?.property);
  return series.length > 1 ? `${eventLabel(one.name)} · ${value}` : value;
}

/** A line for each value: persons by the number of intervals on which they were active. */
export function stickinessChart(result: StickinessResult, query: Pick<StickinessQuery, 'breakdown' | 'series'>, hidden: readonly string[]): ChartData {
  let next = 0;
  const counts = Array.from({ length: result.intervals }, (_, index) => index);
  return {
    series: result.series.map((one) => {
      const key = seriesKey(one);
      return {
        key,
        label: seriesLabel(one, query),
        color: one.breakdown === otherValue ? otherColor : colorOf(next++),
        values: one.values,
        total: one.persons,
        compare: null,
        hidden: hidden.includes(key),
      };
    }),
    buckets: counts.map((index) => String(index + 1)),
    names: counts.map((index) => ({ short: String(index + 1), long: reach(result, index) })),
    compareBuckets: [],
    interval: result.interval,
    timeZone: result.timeZone,
    additive: false,
    unit: 'number',
  };
}
