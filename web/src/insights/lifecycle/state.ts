// What Lifecycle shows, and how that stands in the address. Pure: whatever makes no sense falls back, part by part.
import type { LifecycleQuery, PropertyFilter } from '../../api/types';
import { decodeFilters, encodeFilter, isComplete } from '../../state/filters';
import { defaultRange, formatRange, parseRange, toQueryRange, type Range } from '../../state/range';
import { isText } from '../../state/texts';
import { anyActivity, firstInterval, parseActivity, parseInterval, selector, setActivity, type Activity, type ActivityInterval } from '../shared/activity';
import { askedBreakdown, noBreakdown, parseBreakdown, setBreakdown, type Breakdown } from '../shared/breakdown';
import { askedUnit, parseUnit, setUnit, type Unit } from '../shared/unit';

/** What a person is in an interval, from the bottom of the bars to their top; who stays away is below zero. */
export const statuses = [
  { status: 'returning', label: 'Returning', color: 'var(--series-0)' },
  { status: 'new', label: 'New', color: 'var(--series-2)' },
  { status: 'resurrecting', label: 'Resurrecting', color: 'var(--series-3)' },
  { status: 'dormant', label: 'Dormant', color: 'var(--series-other)' },
] as const;

export type Status = (typeof statuses)[number]['status'];

/** Those of the statuses that some keys of series name. */
export function named(keys: readonly string[]): Status[] {
  return statuses.map((one) => one.status).filter((one) => keys.includes(one));
}

export interface LifecycleState {
  activity: Activity;
  interval: ActivityInterval;
  range: Range;
  filters: PropertyFilter[];
  unit: Unit;
  hidden: Status[];
  breakdown: Breakdown;
  /** The value that is shown, by its key; null for all together. */
  shown: string | null;
}

export const defaultLifecycle: LifecycleState = {
  activity: anyActivity, interval: 'day', range: defaultRange, filters: [], unit: null, hidden: [], breakdown: noBreakdown, shown: null,
};

export function parseLifecycle(search: string): LifecycleState {
  const parameters = new URLSearchParams(search);
  const range = parseRange(parameters.get('range'));
  const hidden = parameters.getAll('hide');
  const shown = parameters.get('show');
  return {
    activity: parseActivity(parameters.get('active'), anyActivity),
    interval: parseInterval(parameters.get('interval'), range),
    range,
    filters: decodeFilters(parameters.getAll('f')),
    unit: parseUnit(parameters),
    hidden: named(hidden),
    breakdown: parseBreakdown(parameters),
    shown: isText(shown) ? shown : null,
  };
}

/** The address of a state, without what is as it is by default. */
export function formatLifecycle(state: LifecycleState): string {
  const parameters = new URLSearchParams();
  setActivity(parameters, 'active', state.activity, anyActivity);
  if (state.interval !== firstInterval(state.range)) parameters.set('interval', state.interval);
  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  setUnit(parameters, state.unit);
  for (const one of state.hidden) parameters.append('hide', one);
  setBreakdown(parameters, state.breakdown);
  if (state.shown !== null) parameters.set('show', state.shown);
  return parameters.toString();
}

export function toLifecycleQuery(state: LifecycleState, timeZone: string, now: Date): LifecycleQuery {
  return {
    kind: 'lifecycle',
    activity: selector(state.activity),
    range: toQueryRange(state.range, timeZone, now),
    interval: state.interval,
    filters: state.filters.filter(isComplete),
    ...askedUnit(state.unit),
    breakdown: askedBreakdown(state.breakdown),
  };
}
