// What the Trends view shows, and how that stands in the address. Pure: an address always means the same picture,
// and anything may stand in an address, so whatever does not make sense falls back to the default, part by part.
import type { Interval, PropertyFilter, SeriesMath, TrendsQuery } from '../../api/types';
import { decodeFilters, encodeFilter, isComplete, parseJson } from '../../state/filters';
import { defaultInterval, defaultRange, formatRange, intervals, intervalsFor, parseRange, toQueryRange, type Range } from '../../state/range';
import { isObject, isText, maxText, parseWhere } from '../../state/texts';
import { noBreakdown, parseBreakdown, setBreakdown, type Breakdown } from '../shared/breakdown';

export const maxSeries = 8;
const maxHidden = 100;

export const maths: readonly { math: SeriesMath; label: string; short: string; ofProperty: boolean }[] = [
  { math: 'total', label: 'Total count', short: 'total', ofProperty: false },
  { math: 'unique_persons', label: 'Unique persons', short: 'unique persons', ofProperty: false },
  { math: 'sum', label: 'Sum of…', short: 'sum', ofProperty: true },
  { math: 'average', label: 'Average of…', short: 'average', ofProperty: true },
  { math: 'min', label: 'Minimum of…', short: 'minimum', ofProperty: true },
  { math: 'max', label: 'Maximum of…', short: 'maximum', ofProperty: true },
  { math: 'median', label: 'Median of…', short: 'median', ofProperty: true },
  { math: 'p90', label: '90th percentile of…', short: 'p90', ofProperty: true },
  { math: 'p95', label: '95th percentile of…', short: 'p95', ofProperty: true },
  { math: 'p99', label: '99th percentile of…', short: 'p99', ofProperty: true },
];

export interface SeriesState {
  event: string | null;
  math: SeriesMath;
  /** The number property that the mathematics are over; null while it is not chosen or not needed. */
  property: string | null;
  /** The name that the reader gave it, or empty. */
  name: string;
  filters: PropertyFilter[];
}

export type ChartKind = 'line' | 'bar';

export interface TrendsState {
  series: SeriesState[];
  range: Range;
  interval: Interval;
  filters: PropertyFilter[];
  breakdown: Breakdown;
  compare: boolean;
  chart: ChartKind;
  /** Keys of the result's series that the reader switched off. */
  hidden: string[];
}

export const newSeries: SeriesState = { event: null, math: 'total', property: null, name: '', filters: [] };

export const defaultTrends: TrendsState = {
  series: [{ ...newSeries, event: '$pageview' }],
  range: defaultRange,
  interval: 'day',
  filters: [],
  breakdown: noBreakdown,
  compare: false,
  chart: 'line',
  hidden: [],
};

export function mathInfo(math: SeriesMath) {
  const info = maths.find((one) => one.math === math);
  if (!info) throw new Error(`There is no math ${math}.`);
  return info;
}

export function withRange(state: TrendsState, range: Range): TrendsState {
  const before = defaultInterval(state.range);
  const keep = state.interval !== before && intervalsFor(range).includes(state.interval);
  return { ...state, range, interval: keep ? state.interval : defaultInterval(range) };
}

export function parseTrends(search: string): TrendsState {
  const parameters = new URLSearchParams(search);
  const range = parseRange(parameters.get('range'));
  const series = parameters
    .getAll('s')
    .slice(0, maxSeries)
    .map((text) => parseSeries(parseJson(text)))
    .filter((one) => one !== null);
  const interval = intervals.find((one) => one === parameters.get('interval'));
  return {
    series: series.length > 0 ? series : defaultTrends.series,
    range,
    interval: interval && intervalsFor(range).includes(interval) ? interval : defaultInterval(range),
    filters: decodeFilters(parameters.getAll('f')),
    breakdown: parseBreakdown(parameters),
    compare: parameters.get('compare') === '1',
    chart: parameters.get('chart') === 'bar' ? 'bar' : 'line',
    hidden: [...new Set(parameters.getAll('hide'))].filter((key) => key.length <= maxText + 10).slice(0, maxHidden),
  };
}

/** The address of a state, without what is as it is by default. */
export function formatTrends(state: TrendsState): string {
  const parameters = new URLSearchParams();
  if (!same(state.series, defaultTrends.series)) {
    for (const one of state.series) parameters.append('s', JSON.stringify(encodeSeries(one)));
  }

  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  if (state.interval !== defaultInterval(state.range)) parameters.set('interval', state.interval);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  setBreakdown(parameters, state.breakdown);
  if (state.compare) parameters.set('compare', '1');
  if (state.chart !== 'line') parameters.set('chart', state.chart);
  for (const key of state.hidden) parameters.append('hide', key);
  return parameters.toString();
}

/** The query that a state asks for, without what is still being built; null where nothing is left to ask. */
export function toQuery(state: TrendsState, timeZone: string, now: Date): TrendsQuery | null {
  const ready = state.series.filter((one) => !mathInfo(one.math).ofProperty || one.property !== null);
  if (ready.length === 0) return null;
  return {
    kind: 'trends',
    series: ready.map((one) => ({
      event: one.event,
      math: one.math,
      property: mathInfo(one.math).ofProperty ? one.property : null,
      name: one.name === '' ? null : one.name,
      filters: one.filters.filter(isComplete),
    })),
    range: toQueryRange(state.range, timeZone, now),
    interval: state.interval,
    filters: state.filters.filter(isComplete),
    breakdown: state.breakdown.property === null ? null : { property: state.breakdown.property, limit: state.breakdown.limit },
    compare: state.compare,
  };
}

function encodeSeries(series: SeriesState): Record<string, unknown> {
  const encoded: Record<string, unknown> = { event: series.event };
  if (series.math !== 'total') encoded['math'] = series.math;
  if (series.property !== null) encoded['of'] = series.property;
  if (series.name !== '') encoded['name'] = series.name;
  if (series.filters.length > 0) encoded['where'] = series.filters.map(encodeFilter);
  return encoded;
}

function parseSeries(value: unknown): SeriesState | null {
  if (!isObject(value)) return null;
  const { event, math, of, name, where } = value;
  if (event !== null && !isText(event)) return null;
  const known = maths.find((one) => one.math === math) ?? mathInfo('total');
  return {
    event,
    math: known.math,
    property: known.ofProperty && isText(of) ? of : null,
    name: isText(name) ? name : '',
    filters: parseWhere(where),
  };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
