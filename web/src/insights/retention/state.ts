// What Retention shows, and how that stands in the address. Pure: whatever makes no sense falls back, part by part.
import type { PropertyFilter, RetentionCohort, RetentionMode, RetentionQuery } from '../../api/types';
import { decodeFilters, encodeFilter, isComplete } from '../../state/filters';
import { defaultRange, formatRange, parseRange, toQueryRange, type Range } from '../../state/range';
import { isText, wholeNumber } from '../../state/texts';
import { firstInterval, parseActivity, parseInterval, selector, setActivity, type Activity, type ActivityInterval } from '../shared/activity';
import { noBreakdown, parseBreakdown, setBreakdown, type Breakdown } from '../shared/breakdown';
import { askedUnit, parseUnit, setUnit, type Unit } from '../shared/unit';

export const mostIntervals = 60;
export const mostReturns = 50;
const mostBrackets = 20;
const mostBracket = 365;

export const modes: readonly { mode: RetentionMode; label: string }[] = [
  { mode: 'calendar', label: 'by the calendar' },
  { mode: 'rolling', label: 'by each person’s own time' },
];

export const cohorts: readonly { cohort: RetentionCohort; label: string }[] = [
  { cohort: 'recurring', label: 'whenever they did' },
  { cohort: 'first_matching', label: 'for the first time' },
  { cohort: 'first_ever', label: 'for the first time, if that one fits' },
];

export interface RetentionState {
  start: Activity;
  back: Activity;
  cohort: RetentionCohort;
  mode: RetentionMode;
  interval: ActivityInterval;
  /** How many intervals after the start are looked at. */
  intervals: number;
  /** Intervals put together, each up to the number given; these say how far to look where there are any. */
  brackets: number[];
  returns: number;
  range: Range;
  filters: PropertyFilter[];
  unit: Unit;
  breakdown: Breakdown;
  /** The series whose cohorts are shown where there are several; the first where it is not among them. */
  shown: string | null;
}

const pageView: Activity = { event: '$pageview', filters: [] };
const defaultIntervals = 7;

export const defaultRetention: RetentionState = {
  start: pageView,
  back: pageView,
  cohort: 'recurring',
  mode: 'calendar',
  interval: 'day',
  intervals: defaultIntervals,
  brackets: [],
  returns: 1,
  range: defaultRange,
  filters: [],
  unit: null,
  breakdown: noBreakdown,
  shown: null,
};

/** Ascending numbers, as "1, 3, 7, 14" says them; null where they are none. */
export function parseBrackets(text: string): number[] | null {
  const numbers = text.split(/[\s,;]+/).filter((one) => one !== '').map(Number);
  const fitting = numbers.every((one, index) => Number.isInteger(one) && one >= 1 && one <= mostBracket && one > (numbers[index - 1] ?? 0));
  return fitting && numbers.length <= mostBrackets ? numbers : null;
}

export function withRange(state: RetentionState, range: Range): RetentionState {
  return { ...state, range, interval: firstInterval(range) };
}

export function parseRetention(search: string): RetentionState {
  const parameters = new URLSearchParams(search);
  const range = parseRange(parameters.get('range'));
  const shown = parameters.get('show');
  return {
    start: parseActivity(parameters.get('start'), pageView),
    back: parseActivity(parameters.get('back'), pageView),
    cohort: cohorts.find((one) => one.cohort === parameters.get('cohort'))?.cohort ?? 'recurring',
    mode: modes.find((one) => one.mode === parameters.get('mode'))?.mode ?? 'calendar',
    interval: parseInterval(parameters.get('interval'), range),
    intervals: wholeNumber(parameters.get('intervals'), 1, mostIntervals, defaultIntervals),
    brackets: parseBrackets(parameters.get('brackets') ?? '') ?? [],
    returns: wholeNumber(parameters.get('returns'), 1, mostReturns, 1),
    range,
    filters: decodeFilters(parameters.getAll('f')),
    unit: parseUnit(parameters),
    breakdown: parseBreakdown(parameters),
    shown: isText(shown) ? shown : null,
  };
}

/** The address of a state, without what is as it is by default. */
export function formatRetention(state: RetentionState): string {
  const parameters = new URLSearchParams();
  for (const [name, activity] of [['start', state.start], ['back', state.back]] as const) {
    setActivity(parameters, name, activity, pageView);
  }

  if (state.cohort !== 'recurring') parameters.set('cohort', state.cohort);
  if (state.mode !== 'calendar') parameters.set('mode', state.mode);
  if (state.interval !== firstInterval(state.range)) parameters.set('interval', state.interval);
  if (state.brackets.length > 0) parameters.set('brackets', state.brackets.join(','));
  else if (state.intervals !== defaultIntervals) parameters.set('intervals', String(state.intervals));
  if (state.returns !== 1) parameters.set('returns', String(state.returns));
  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  setUnit(parameters, state.unit);
  setBreakdown(parameters, state.breakdown);
  if (state.shown !== null) parameters.set('show', state.shown);
  return parameters.toString();
}

export function toRetentionQuery(state: RetentionState, timeZone: string, now: Date): RetentionQuery {
  return {
    kind: 'retention',
    start: selector(state.start),
    return: selector(state.back),
    range: toQueryRange(state.range, timeZone, now),
    interval: state.interval,
    ...(state.brackets.length > 0 ? {} : { intervals: state.intervals }),
    cohortBy: state.cohort,
    mode: state.mode,
    minimumReturns: state.returns,
    brackets: state.brackets,
    filters: state.filters.filter(isComplete),
    ...askedUnit(state.unit),
    breakdown: state.breakdown.property === null ? null : { property: state.breakdown.property, limit: state.breakdown.limit },
  };
}
