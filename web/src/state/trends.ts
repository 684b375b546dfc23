// What the Trends view shows, and how that stands in the address. Pure: an address always means the same picture,
// and anything may stand in an address, so whatever does not make sense falls back to the default, part by part.
import type { Interval, PropertyFilter, QueryRange, SeriesMath, TrendsQuery } from '../api/types';
import { addDays, daysBetween, isDate, today } from '../lib/dates';
import { decodeFilter, decodeFilters, encodeFilter, isComplete, maxFilters, parseJson } from './filters';

export const maxSeries = 8;
export const maxBreakdown = 25;
const maxText = 400;
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

export const intervals: readonly Interval[] = ['minute', 'hour', 'day', 'week', 'month'];

export const presets = [
  { preset: '60min', label: 'Last 60 minutes', last: 60, unit: 'minute' },
  { preset: '24h', label: 'Last 24 hours', last: 24, unit: 'hour' },
  { preset: 'today', label: 'Today', last: 1, unit: 'day' },
  { preset: 'yesterday', label: 'Yesterday', last: null, unit: 'day' },
  { preset: '7d', label: 'Last 7 days', last: 7, unit: 'day' },
  { preset: '30d', label: 'Last 30 days', last: 30, unit: 'day' },
  { preset: '90d', label: 'Last 90 days', last: 90, unit: 'day' },
  { preset: 'month', label: 'This month', last: 1, unit: 'month' },
  { preset: '12m', label: 'Last 12 months', last: 12, unit: 'month' },
] as const satisfies readonly { preset: string; label: string; last: number | null; unit: Interval }[];

export type Preset = (typeof presets)[number]['preset'];

export type Range = { preset: Preset } | { from: string; to: string };

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
  breakdown: string | null;
  breakdownLimit: number;
  compare: boolean;
  chart: ChartKind;
  /** Keys of the result's series that the reader switched off. */
  hidden: string[];
}

export const newSeries: SeriesState = { event: null, math: 'total', property: null, name: '', filters: [] };

const defaultPreset: Preset = '7d';
const defaultBreakdownLimit = 10;

export const defaultTrends: TrendsState = {
  series: [{ ...newSeries, event: '$pageview' }],
  range: { preset: defaultPreset },
  interval: 'day',
  filters: [],
  breakdown: null,
  breakdownLimit: defaultBreakdownLimit,
  compare: false,
  chart: 'line',
  hidden: [],
};

export function mathInfo(math: SeriesMath) {
  const info = maths.find((one) => one.math === math);
  if (!info) throw new Error(`There is no math ${math}.`);
  return info;
}

/** The days a range spans, roughly: what decides which intervals make a readable chart. */
export function rangeDays(range: Range): number {
  if ('from' in range) return daysBetween(range.from, range.to);
  const days: Record<Preset, number> = {
    '60min': 1 / 24, '24h': 1, today: 1, yesterday: 1, '7d': 7, '30d': 30, '90d': 90, month: 31, '12m': 365,
  };
  return days[range.preset];
}

/** Intervals with no more than about 1,500 points and, where it can be, more than one. */
export function intervalsFor(range: Range): Interval[] {
  const days = rangeDays(range);
  if (days < 1) return ['minute', 'hour'];
  const points: Record<Interval, number> = {
    minute: days * 1440, hour: days * 24, day: days, week: days / 7, month: days / 28,
  };
  return intervals.filter((one) => points[one] <= 1500 && (points[one] >= 1 || one === 'day'));
}

/** The interval with which a range is first shown. */
export function defaultInterval(range: Range): Interval {
  const days = rangeDays(range);
  if (days < 1) return 'minute';
  if (days <= 2) return 'hour';
  if (days <= 92) return 'day';
  return days <= 366 ? 'week' : 'month';
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
  const limit = Number(parameters.get('top') ?? defaultBreakdownLimit);
  const breakdown = parameters.get('by');
  return {
    series: series.length > 0 ? series : defaultTrends.series,
    range,
    interval: interval && intervalsFor(range).includes(interval) ? interval : defaultInterval(range),
    filters: decodeFilters(parameters.getAll('f')),
    breakdown: breakdown !== null && breakdown !== '' && breakdown.length <= maxText ? breakdown : null,
    breakdownLimit: Number.isInteger(limit) && limit >= 1 && limit <= maxBreakdown ? limit : defaultBreakdownLimit,
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

  const range = 'from' in state.range ? `${state.range.from}..${state.range.to}` : state.range.preset;
  if (range !== defaultPreset) parameters.set('range', range);
  if (state.interval !== defaultInterval(state.range)) parameters.set('interval', state.interval);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  if (state.breakdown !== null) parameters.set('by', state.breakdown);
  if (state.breakdownLimit !== defaultBreakdownLimit) parameters.set('top', String(state.breakdownLimit));
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
    breakdown: state.breakdown === null ? null : { property: state.breakdown, limit: state.breakdownLimit },
    compare: state.compare,
  };
}

export function toQueryRange(range: Range, timeZone: string, now: Date): QueryRange {
  if ('from' in range) return { from: range.from, to: range.to };
  const preset = presets.find((one) => one.preset === range.preset);
  if (!preset || preset.last === null) {
    const yesterday = addDays(today(timeZone, now), -1);
    return { from: yesterday, to: yesterday };
  }

  return { last: preset.last, unit: preset.unit };
}

export function rangeLabel(range: Range, date: (date: string) => string): string {
  if ('from' in range) return range.from === range.to ? date(range.from) : `${date(range.from)} – ${date(range.to)}`;
  return presets.find((one) => one.preset === range.preset)?.label ?? '';
}

function parseRange(text: string | null): Range {
  const preset = presets.find((one) => one.preset === text);
  if (preset) return { preset: preset.preset };
  const [from, to, ...more] = (text ?? '').split('..');
  if (from !== undefined && to !== undefined && more.length === 0 && isDate(from) && isDate(to) && from <= to) {
    return { from, to };
  }

  return { preset: defaultPreset };
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
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { event, math, of, name, where } = value as Record<string, unknown>;
  if (event !== null && !isText(event)) return null;
  const known = maths.find((one) => one.math === math) ?? mathInfo('total');
  return {
    event,
    math: known.math,
    property: known.ofProperty && isText(of) ? of : null,
    name: isText(name) ? name : '',
    filters: (Array.isArray(where) ? where : [])
      .map(decodeFilter)
      .filter((filter) => filter !== null)
      .slice(0, maxFilters),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxText;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
