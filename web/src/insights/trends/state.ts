// What the Trends view shows, and how that stands in the address. Pure: an address always means the same picture,
// and anything may stand in an address, so whatever does not make sense falls back to the default, part by part.
import type { Interval, PropertyFilter, SeriesMath, TrendsQuery } from '../../api/types';
import { countryProperty } from '../../lib/countries';
import { decodeFilters, encodeFilter, isComplete, parseJson } from '../../state/filters';
import { defaultInterval, defaultRange, formatRange, intervals, intervalsFor, parseRange, toQueryRange, type Range } from '../../state/range';
import { isObject, isText, maxText, parseWhere, wholeNumber } from '../../state/texts';
import { noBreakdown, parseBreakdown, setBreakdown, type Breakdown } from '../shared/breakdown';
import { askedUnit, counted, parseUnit, setUnit, type Unit } from '../shared/unit';

export const maxSeries = 8;
const maxHidden = 100;

export const maxFormulas = 10;
const maxFormula = 500;
const maxSmoothing = 366;

/** A number for each person instead of each event has a name of its own here, as it has a place of its own in the list. */
export type MathKey = SeriesMath | `${SeriesMath}_per_person`;

export interface MathInfo {
  key: MathKey;
  math: SeriesMath;
  perPerson: boolean;
  label: string;
  short: string;
  /** Whether a number property is needed; where one is possible, events are counted without it. */
  property: 'none' | 'needed' | 'possible';
}

const count = (math: SeriesMath, label: string, short: string): MathInfo => ({ key: math, math, perPerson: false, label, short, property: 'none' });
const ofProperty = (math: SeriesMath, label: string, short: string): MathInfo => ({ key: math, math, perPerson: false, label: `${label} of…`, short, property: 'needed' });
const forEachPerson = ({ math, short }: MathInfo): MathInfo => ({
  key: `${math}_per_person`, math, perPerson: true, property: 'possible', short: `${short} per person`, label: `${short.charAt(0).toUpperCase()}${short.slice(1)} per person`,
});

const numbers: readonly MathInfo[] = [
  ofProperty('average', 'Average', 'average'),
  ofProperty('min', 'Minimum', 'minimum'),
  ofProperty('max', 'Maximum', 'maximum'),
  ofProperty('median', 'Median', 'median'),
  ofProperty('p90', '90th percentile', 'p90'),
  ofProperty('p95', '95th percentile', 'p95'),
  ofProperty('p99', '99th percentile', 'p99'),
];

/** What a series can count, by what it is about. */
export const mathGroups: readonly { label: string; maths: readonly MathInfo[] }[] = [
  {
    label: 'Events and persons',
    maths: [
      count('total', 'Total count', 'total'),
      count('unique_persons', 'Unique persons', 'unique persons'),
      count('unique_sessions', 'Unique sessions', 'unique sessions'),
      count('weekly_active', 'Active within 7 days', 'active within 7 days'),
      count('monthly_active', 'Active within 30 days', 'active within 30 days'),
      count('first_time', 'First time ever', 'first time'),
      count('first_matching', 'First time that fits', 'first time that fits'),
    ],
  },
  { label: 'A number property', maths: [ofProperty('sum', 'Sum', 'sum'), ...numbers] },
  { label: 'Each person’s number', maths: numbers.map(forEachPerson) },
];

export const maths: readonly MathInfo[] = mathGroups.flatMap((one) => one.maths);

export interface SeriesState {
  event: string | null;
  math: MathKey;
  /** The number property that the mathematics are over; null while it is not chosen or not needed. */
  property: string | null;
  /** The name that the reader gave it, or empty. */
  name: string;
  filters: PropertyFilter[];
}

export interface FormulaState {
  /** Such as "B / A * 100"; empty while it is being written. */
  expression: string;
  name: string;
}

export type ChartKind = 'line' | 'bar';

/** A map is of a breakdown by country. */
export type TrendsDisplay = ChartKind | 'map';

/** As many countries as a breakdown can have; the rest of the world is one value. */
const mapCountries = 100;

/** What a point is: what its bucket counts, everything up to it, or the average of so many points. */
export type PointKind = 'counted' | 'cumulative' | number;

export interface TrendsState {
  series: SeriesState[];
  /** Lines made of the series, which they name by letter. */
  formulas: FormulaState[];
  points: PointKind;
  range: Range;
  interval: Interval;
  filters: PropertyFilter[];
  unit: Unit;
  breakdown: Breakdown;
  compare: boolean;
  chart: TrendsDisplay;
  /** Keys of the result's series that the reader switched off. */
  hidden: string[];
}

export const newSeries: SeriesState = { event: null, math: 'total', property: null, name: '', filters: [] };

export const defaultTrends: TrendsState = {
  series: [{ ...newSeries, event: '$pageview' }],
  formulas: [],
  points: 'counted',
  range: defaultRange,
  interval: 'day',
  filters: [],
  unit: null,
  breakdown: noBreakdown,
  compare: false,
  chart: 'line',
  hidden: [],
};

export function mathInfo(key: MathKey): MathInfo {
  const info = maths.find((one) => one.key === key);
  if (!info) throw new Error(`There is no math ${key}.`);
  return info;
}

/** What a series of a query counts. */
export function askedMath({ math, perPerson }: Pick<TrendsQuery['series'][number], 'math' | 'perPerson'>): MathInfo {
  return mathInfo(perPerson ? `${math}_per_person` : math);
}

/** The name that formulas call a series by. */
export function seriesLetter(index: number): string {
  return String.fromCharCode(65 + index);
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
  const breakdown = parseBreakdown(parameters);
  return {
    series: series.length > 0 ? series : defaultTrends.series,
    formulas: parameters.getAll('formula').slice(0, maxFormulas).map((text) => parseFormula(parseJson(text))).filter((one) => one !== null),
    points: parsePoints(parameters.get('points')),
    range,
    interval: interval && intervalsFor(range).includes(interval) ? interval : defaultInterval(range),
    filters: decodeFilters(parameters.getAll('f')),
    unit: parseUnit(parameters),
    breakdown,
    compare: parameters.get('compare') === '1',
    chart: parseChart(parameters.get('chart'), breakdown),
    hidden: [...new Set(parameters.getAll('hide'))].filter((key) => key.length <= maxText + 10).slice(0, maxHidden),
  };
}

function parseChart(text: string | null, breakdown: Breakdown): TrendsDisplay {
  if (text === 'map') return breakdown.property === countryProperty ? 'map' : 'line';
  return text === 'bar' ? 'bar' : 'line';
}

/** With another picture; a map brings the breakdown that it is of. */
export function withChart(state: TrendsState, chart: TrendsDisplay): TrendsState {
  const breakdown = chart === 'map' && state.breakdown.property !== countryProperty ? { ...noBreakdown, property: countryProperty } : state.breakdown;
  return { ...state, chart, breakdown, hidden: breakdown === state.breakdown ? state.hidden : [] };
}

/** With another breakdown, which may leave nothing to be drawn as a map. */
export function withBreakdown(state: TrendsState, breakdown: Breakdown): TrendsState {
  return { ...state, breakdown, chart: state.chart === 'map' && breakdown.property !== countryProperty ? 'line' : state.chart, hidden: [] };
}

/** Whether a question can be drawn as a map. */
export function hasMap({ breakdown }: TrendsQuery): boolean {
  return breakdown?.property === countryProperty;
}

/** What the numbers of a map are, in words; nothing where its series says something of its own. */
export function mapUnit({ series: [first], unit }: TrendsQuery): string {
  if (first?.math === 'unique_persons') return `${counted(unit)}s`;
  return first?.math === 'total' ? 'events' : first?.math === 'unique_sessions' ? 'sessions' : '';
}

/** The address of a state, without what is as it is by default. */
export function formatTrends(state: TrendsState): string {
  const parameters = new URLSearchParams();
  if (!same(state.series, defaultTrends.series)) {
    for (const one of state.series) parameters.append('s', JSON.stringify(encodeSeries(one)));
  }

  for (const { expression, name } of state.formulas) parameters.append('formula', JSON.stringify(name === '' ? [expression] : [expression, name]));
  if (state.points !== 'counted') parameters.set('points', String(state.points));
  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  if (state.interval !== defaultInterval(state.range)) parameters.set('interval', state.interval);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  setUnit(parameters, state.unit);
  setBreakdown(parameters, state.breakdown);
  if (state.compare) parameters.set('compare', '1');
  if (state.chart !== 'line') parameters.set('chart', state.chart);
  for (const key of state.hidden) parameters.append('hide', key);
  return parameters.toString();
}

/** The query that a state asks for, without what is still being built; null where nothing is left to ask. */
export function toQuery(state: TrendsState, timeZone: string, now: Date): TrendsQuery | null {
  const ready = state.series.filter((one) => mathInfo(one.math).property !== 'needed' || one.property !== null);
  const formulas = state.formulas.filter((one) => one.expression.trim() !== '');
  // A formula names series by their place, so that none may be missing.
  if (ready.length === 0 || (formulas.length > 0 && ready.length < state.series.length)) return null;
  return {
    kind: 'trends',
    series: ready.map((one) => {
      const { math, perPerson, property } = mathInfo(one.math);
      return {
        event: one.event,
        math,
        ...(perPerson ? { perPerson: true as const } : {}),
        property: property === 'none' ? null : one.property,
        name: one.name === '' ? null : one.name,
        filters: one.filters.filter(isComplete),
      };
    }),
    ...(formulas.length > 0 ? { formulas: formulas.map((one) => ({ expression: one.expression.trim(), name: one.name === '' ? null : one.name })) } : {}),
    ...(state.points === 'cumulative' ? { cumulative: true as const } : {}),
    ...(typeof state.points === 'number' ? { smoothing: state.points } : {}),
    range: toQueryRange(state.range, timeZone, now),
    interval: state.interval,
    filters: state.filters.filter(isComplete),
    ...askedUnit(state.unit),
    breakdown: state.breakdown.property === null ? null : { property: state.breakdown.property, limit: state.chart === 'map' ? mapCountries : state.breakdown.limit },
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
  const known = maths.find((one) => one.key === math) ?? mathInfo('total');
  return {
    event,
    math: known.key,
    property: known.property !== 'none' && isText(of) ? of : null,
    name: isText(name) ? name : '',
    filters: parseWhere(where),
  };
}

function parseFormula(value: unknown): FormulaState | null {
  if (!Array.isArray(value)) return null;
  const [expression, name] = value as unknown[];
  if (typeof expression !== 'string' || expression.length > maxFormula) return null;
  return { expression, name: isText(name) ? name : '' };
}

function parsePoints(text: string | null): PointKind {
  if (text === 'cumulative') return text;
  const smoothing = wholeNumber(text, 2, maxSmoothing, 0);
  return smoothing === 0 ? 'counted' : smoothing;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
