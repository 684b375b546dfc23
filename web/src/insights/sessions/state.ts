// What Sessions shows, and how that stands in the address. Pure: whatever makes no sense falls back, part by part.
import type { Interval, PropertyFilter, SessionFigures, SessionProperty, SessionsQuery } from '../../api/types';
import type { ChartData } from '../../charts/series';
import { cohortId, decodeFilters, encodeFilter, isComplete } from '../../state/filters';
import { defaultInterval, defaultRange, formatRange, intervals, intervalsFor, parseRange, toQueryRange, type Range } from '../../state/range';
import { propertyLabel } from '../../lib/format';
import { isText, wholeNumber } from '../../state/texts';
import type { ChartKind } from '../trends/state';

export type SessionMetric = keyof SessionFigures;

export const metrics: readonly { key: SessionMetric; label: string; unit: ChartData['unit'] }[] = [
  { key: 'sessions', label: 'Sessions', unit: 'number' },
  { key: 'views', label: 'Views', unit: 'number' },
  { key: 'viewsPerSession', label: 'Views per session', unit: 'number' },
  { key: 'bounceRate', label: 'Bounce rate', unit: 'share' },
  { key: 'meanSeconds', label: 'Mean duration', unit: 'seconds' },
  { key: 'medianSeconds', label: 'Median duration', unit: 'seconds' },
];

/** What sessions can be broken down by; a session has one of each. */
export const properties: readonly { by: SessionProperty; label: string }[] = [
  { by: 'channel', label: 'Channel' },
  { by: 'source', label: 'Source' },
  { by: 'referrer', label: 'Referrer' },
  { by: 'entry_page', label: 'Entry page' },
  { by: 'exit_page', label: 'Exit page' },
  { by: 'utm_source', label: 'UTM source' },
  { by: 'utm_medium', label: 'UTM medium' },
  { by: 'utm_campaign', label: 'UTM campaign' },
  { by: 'utm_term', label: 'UTM term' },
  { by: 'utm_content', label: 'UTM content' },
  { by: 'country', label: 'Country' },
  { by: 'region', label: 'Region' },
  { by: 'city', label: 'City' },
  { by: 'device', label: 'Device' },
  { by: 'browser', label: 'Browser' },
  { by: 'os', label: 'Operating system' },
];

/** In their place any property that other breakdowns take. */
export const eventProperty = 'event_property';

/** What sessions are put under, as people call it; null where they are not. */
export function byLabel(breakdown: SessionsQuery['breakdown']): string | null {
  if (breakdown?.eventProperty) return cohortId(breakdown.eventProperty) === null ? propertyLabel(breakdown.eventProperty) : 'In the cohort';
  return properties.find((one) => one.by === breakdown?.property)?.label ?? null;
}

export const limits: readonly number[] = [3, 5, 10, 25];
export const bounceSeconds: readonly number[] = [0, 5, 10, 30, 60];
const defaultLimit = 10;
const defaultBounce = 10;
const mostBounce = 3_600;
const maxHidden = 100;

export interface SessionsState {
  metric: SessionMetric;
  by: SessionProperty | typeof eventProperty | null;
  /** Which one, where it is by a property of events; null until it is chosen. */
  property: string | null;
  limit: number;
  /** A session that lasts so long is no bounce. */
  bounce: number;
  range: Range;
  interval: Interval;
  filters: PropertyFilter[];
  compare: boolean;
  chart: ChartKind;
  hidden: string[];
}

export const defaultSessions: SessionsState = {
  metric: 'sessions', by: null, property: null, limit: defaultLimit, bounce: defaultBounce, range: defaultRange, interval: 'day', filters: [], compare: false, chart: 'line', hidden: [],
};

export function withRange(state: SessionsState, range: Range): SessionsState {
  const keep = state.interval !== defaultInterval(state.range) && intervalsFor(range).includes(state.interval);
  return { ...state, range, interval: keep ? state.interval : defaultInterval(range) };
}

export function parseSessions(search: string): SessionsState {
  const parameters = new URLSearchParams(search);
  const range = parseRange(parameters.get('range'));
  const interval = intervals.find((one) => one === parameters.get('interval'));
  const [by, property] = [parameters.get('by'), parameters.get('property')];
  return {
    metric: metrics.find((one) => one.key === parameters.get('metric'))?.key ?? defaultSessions.metric,
    by: by === eventProperty ? eventProperty : (properties.find((one) => one.by === by)?.by ?? null),
    property: by === eventProperty && isText(property) ? property : null,
    limit: limits.find((one) => String(one) === parameters.get('top')) ?? defaultLimit,
    bounce: wholeNumber(parameters.get('bounce'), 0, mostBounce, defaultBounce),
    range,
    interval: interval && intervalsFor(range).includes(interval) ? interval : defaultInterval(range),
    filters: decodeFilters(parameters.getAll('f')),
    compare: parameters.get('compare') === '1',
    chart: parameters.get('chart') === 'bar' ? 'bar' : 'line',
    hidden: [...new Set(parameters.getAll('hide'))].slice(0, maxHidden),
  };
}

/** The address of a state, without what is as it is by default. */
export function formatSessions(state: SessionsState): string {
  const parameters = new URLSearchParams();
  if (state.metric !== defaultSessions.metric) parameters.set('metric', state.metric);
  if (state.by !== null) parameters.set('by', state.by);
  if (state.by === eventProperty && state.property !== null) parameters.set('property', state.property);
  if (state.limit !== defaultLimit) parameters.set('top', String(state.limit));
  if (state.bounce !== defaultBounce) parameters.set('bounce', String(state.bounce));
  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  if (state.interval !== defaultInterval(state.range)) parameters.set('interval', state.interval);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  if (state.compare) parameters.set('compare', '1');
  if (state.chart !== 'line') parameters.set('chart', state.chart);
  for (const key of state.hidden) parameters.append('hide', key);
  return parameters.toString();
}

function breakdownOf({ by, property, limit }: SessionsState): SessionsQuery['breakdown'] {
  if (by !== eventProperty) return by === null ? null : { property: by, limit };
  return property === null ? null : { eventProperty: property, limit };
}

export function toSessionsQuery(state: SessionsState, timeZone: string, now: Date): SessionsQuery {
  return {
    kind: 'sessions',
    range: toQueryRange(state.range, timeZone, now),
    interval: state.interval,
    bounceSeconds: state.bounce,
    filters: state.filters.filter(isComplete),
    breakdown: breakdownOf(state),
    compare: state.compare,
  };
}
