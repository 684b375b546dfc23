// What counts as active, and the intervals in which it is looked for, as they stand in an address. Pure.
import type { EventSelector, Interval, PropertyFilter } from '../../api/types';
import { encodeFilter, isComplete, parseJson } from '../../state/filters';
import { rangeDays, type Range } from '../../state/range';
import { isObject, isText, parseWhere } from '../../state/texts';

export interface Activity {
  /** Null for any event. */
  event: string | null;
  filters: PropertyFilter[];
}

export type ActivityInterval = Exclude<Interval, 'minute'>;

export const anyActivity: Activity = { event: null, filters: [] };

const all: readonly ActivityInterval[] = ['hour', 'day', 'week', 'month'];
const mostIntervals = 120;

/** Intervals of which there is more than one where it can be, and no more than can be read. */
export function activityIntervals(range: Range): ActivityInterval[] {
  const days = rangeDays(range);
  const counts: Record<ActivityInterval, number> = { hour: days * 24, day: days, week: days / 7, month: days / 28 };
  const fitting = all.filter((one) => counts[one] <= mostIntervals && counts[one] >= 1);
  return fitting.length > 0 ? fitting : ['month'];
}

/** The interval with which a range is first shown. */
export function firstInterval(range: Range): ActivityInterval {
  const days = rangeDays(range);
  const wanted: ActivityInterval = days <= 1 ? 'hour' : days <= 31 ? 'day' : days <= 120 ? 'week' : 'month';
  const allowed = activityIntervals(range);
  return allowed.includes(wanted) ? wanted : (allowed.at(-1) ?? 'month');
}

export function parseInterval(text: string | null, range: Range): ActivityInterval {
  return activityIntervals(range).find((one) => one === text) ?? firstInterval(range);
}

export function parseActivity(text: string | null, otherwise: Activity): Activity {
  const value = text === null ? undefined : parseJson(text);
  if (!isObject(value)) return otherwise;
  const { event, where } = value;
  return event === null || isText(event) ? { event, filters: parseWhere(where) } : otherwise;
}

export function encodeActivity({ event, filters }: Activity): Record<string, unknown> {
  return { event, ...(filters.length > 0 ? { where: filters.map(encodeFilter) } : {}) };
}

export function setActivity(parameters: URLSearchParams, name: string, activity: Activity, otherwise: Activity): void {
  if (activity.event !== otherwise.event || activity.filters.length > 0) parameters.set(name, JSON.stringify(encodeActivity(activity)));
}

export function selector({ event, filters }: Activity): EventSelector {
  return { event, name: null, filters: filters.filter(isComplete) };
}
