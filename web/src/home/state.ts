// What Home shows, and how that stands in the address. Pure: whatever makes no sense falls back, part by part.
import type { Interval, LifecycleQuery, PropertyFilter, TrendsQuery, WebQuery } from '../api/types';
import { cohortId, decodeFilters, encodeFilter, inCohort, isComplete, maxFilters } from '../state/filters';
import { defaultInterval, defaultRange, formatRange, intervals, intervalsFor, parseRange, toQueryRange, type Range } from '../state/range';
import { isText } from '../state/texts';
import { firstInterval } from '../insights/shared/activity';
import { askedBy, cards, propertyCard, type CardKey, type ListBy, type Tab, type TabKey } from './lists';
import { productMetrics, webMetrics, type ProductMetric, type WebMetric } from './metrics';

/** A site with its visits, or whatever else sends events. */
export type View = 'web' | 'product';

export interface HomeState {
  /** Null where the project itself says which it is. */
  view: View | null;
  range: Range;
  interval: Interval;
  compare: boolean;
  filters: PropertyFilter[];
  web: WebMetric;
  product: ProductMetric;
  /** The chosen list of each card. */
  tabs: Record<CardKey, TabKey>;
  /** The property of a list of the reader's choice; null for none. */
  listed: string | null;
  /** The property of the list beside the events of a product. */
  property: string;
}

const firstTabs = Object.fromEntries(cards.map((one) => [one.key, one.tabs[0].key])) as Record<CardKey, TabKey>;

export const defaultHome: HomeState = {
  view: null,
  range: defaultRange,
  interval: 'day',
  compare: true,
  filters: [],
  web: 'visitors',
  product: 'persons',
  tabs: firstTabs,
  listed: null,
  property: propertyCard[0].property,
};

export function parseHome(search: string): HomeState {
  const parameters = new URLSearchParams(search);
  const range = parseRange(parameters.get('range'));
  const interval = intervals.find((one) => one === parameters.get('interval'));
  const [view, listed] = [parameters.get('view'), parameters.get('list')];
  return {
    view: view === 'web' || view === 'product' ? view : null,
    range,
    interval: interval && intervalsFor(range).includes(interval) ? interval : defaultInterval(range),
    compare: parameters.get('compare') !== '0',
    filters: decodeFilters(parameters.getAll('f')),
    web: webMetrics.find((one) => one.key === parameters.get('metric'))?.key ?? defaultHome.web,
    product: productMetrics.find((one) => one.key === parameters.get('number'))?.key ?? defaultHome.product,
    tabs: Object.fromEntries(cards.map((card) => {
      const asked = parameters.get(card.key);
      return [card.key, card.tabs.find((one) => one.key === asked)?.key ?? card.tabs[0].key];
    })) as HomeState['tabs'],
    listed: isText(listed) ? listed : null,
    property: propertyCard.find((one) => one.property === parameters.get('by'))?.property ?? defaultHome.property,
  };
}

/** The address of a state, without what is as it is by default. */
export function formatHome(state: HomeState): string {
  const parameters = new URLSearchParams();
  if (state.view !== null) parameters.set('view', state.view);
  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  if (state.interval !== defaultInterval(state.range)) parameters.set('interval', state.interval);
  if (!state.compare) parameters.set('compare', '0');
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  if (state.web !== defaultHome.web) parameters.set('metric', state.web);
  if (state.product !== defaultHome.product) parameters.set('number', state.product);
  for (const { key } of cards) if (state.tabs[key] !== firstTabs[key]) parameters.set(key, state.tabs[key]);
  if (state.listed !== null) parameters.set('list', state.listed);
  if (state.property !== defaultHome.property) parameters.set('by', state.property);
  return parameters.toString();
}

/** Another range, with the interval that suits it unless the reader's own still does. */
export function withRange(state: HomeState, range: Range): HomeState {
  const keep = state.interval !== defaultInterval(state.range) && intervalsFor(range).includes(state.interval);
  return { ...state, range, interval: keep ? state.interval : defaultInterval(range) };
}

/** The filter that a row stands for: its value, or that there is none. */
export function rowFilter(property: string, value: string | null): PropertyFilter {
  return value === null ? { property, operator: 'is_not_set', values: [] } : { property, operator: 'is', values: [value] };
}

/** The filter that a row of visits stands for; null where there is none that says as much. */
export function visitFilter({ by, property }: Tab, value: string | null): PropertyFilter | null {
  const cohort = cohortId(property);
  if (cohort !== null) return { ...inCohort(cohort), operator: value === 'true' ? 'is' : 'is_not' };
  // A filter asks each event of a visit, and nearly every visit has one without a property of few events.
  if (value === null && typeof by !== 'string' && !property.startsWith('person.')) return null;
  return rowFilter(property, value);
}

function same(a: PropertyFilter, b: PropertyFilter): boolean {
  return JSON.stringify(encodeFilter(a)) === JSON.stringify(encodeFilter(b));
}

export function hasFilter(filters: readonly PropertyFilter[], filter: PropertyFilter): boolean {
  return filters.some((one) => same(one, filter));
}

/** With the filter, in place of another one that asks for a value of the same property; or without it where it is there. */
export function toggledFilter(filters: readonly PropertyFilter[], filter: PropertyFilter): PropertyFilter[] {
  if (hasFilter(filters, filter)) return filters.filter((one) => !same(one, filter));
  const values = cohortId(filter.property) === null ? ['is', 'is_not_set'] : ['is', 'is_not'];
  const others = filters.filter((one) => one.property !== filter.property || !values.includes(one.operator));
  return [...others, filter].slice(-maxFilters);
}

/** The part that all questions of a page have in common. */
function common(state: HomeState, timeZone: string, now: Date) {
  return { range: toQueryRange(state.range, timeZone, now), filters: state.filters.filter(isComplete) };
}

/** The key numbers, their course, and the lists that are shown at first. */
export function overviewQuery(state: HomeState, timeZone: string, now: Date): WebQuery {
  return {
    kind: 'web',
    ...common(state, timeZone, now),
    interval: state.interval,
    compare: state.compare,
    parts: ['totals', 'series'],
    lists: cards.flatMap((card) => (card.together ? [{ by: card.tabs[0].by, limit: rowsOf(card.tabs[0]) }] : [])),
  };
}

export const shownRows = 9;

/** As many rows as a tab shows; a map has room for every country. */
export function rowsOf(tab: Tab): number {
  return tab.key === 'map' ? 250 : shownRows;
}

export function listQuery(state: HomeState, by: ListBy, timeZone: string, now: Date, limit = shownRows): WebQuery {
  return { kind: 'web', ...common(state, timeZone, now), interval: 'day', compare: state.compare, parts: [], lists: [{ ...askedBy(by), limit }] };
}

export function vitalsQuery(state: HomeState, timeZone: string, now: Date): WebQuery {
  return { kind: 'web', ...common(state, timeZone, now), interval: 'day', compare: false, parts: ['vitals'], lists: [], vitalPages: 5 };
}

const series = { event: null, property: null, name: null, filters: [] };

/** Persons, events and sessions of a product; how many events a person has is the quotient of the first two. */
export function productQuery(state: HomeState, timeZone: string, now: Date): TrendsQuery {
  return {
    kind: 'trends',
    ...common(state, timeZone, now),
    interval: state.interval,
    compare: state.compare,
    breakdown: null,
    series: [{ ...series, math: 'unique_persons' }, { ...series, math: 'total' }, { ...series, math: 'unique_sessions' }],
    formulas: [{ expression: 'B / A', name: null }],
  };
}

/** Who is new is asked apart, for that looks at all events ever stored. */
export function newPersonsQuery(state: HomeState, timeZone: string, now: Date): TrendsQuery {
  return {
    kind: 'trends', ...common(state, timeZone, now), interval: state.interval, compare: state.compare, breakdown: null,
    series: [{ ...series, math: 'first_time' }],
  };
}

/** The most frequent values of a property, with the persons of each and their events. */
export function valuesQuery(state: HomeState, property: string, timeZone: string, now: Date): TrendsQuery {
  return {
    kind: 'trends', ...common(state, timeZone, now), interval: 'month', compare: state.compare, breakdown: { property, limit: shownRows },
    series: [{ ...series, math: 'unique_persons' }],
  };
}

export function growthQuery(state: HomeState, timeZone: string, now: Date): LifecycleQuery {
  return { kind: 'lifecycle', ...common(state, timeZone, now), interval: firstInterval(state.range), activity: { event: null, name: null, filters: [] }, breakdown: null };
}
