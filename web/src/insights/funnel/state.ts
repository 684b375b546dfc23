// What the funnel shows, and how that stands in the address. Pure: whatever makes no sense falls back, part by part.
import type { FunnelAttribution, FunnelOrder, FunnelQuery, FunnelView, FunnelWindow, FunnelWindowUnit, Interval, PropertyFilter } from '../../api/types';
import { decodeFilters, encodeFilter, isComplete, parseJson } from '../../state/filters';
import { defaultInterval, defaultRange, formatRange, intervals, intervalsFor, parseRange, toQueryRange, type Range } from '../../state/range';
import { isObject, isText, maxText, parseWhere, wholeNumber } from '../../state/texts';
import { noBreakdown, parseBreakdown, setBreakdown, type Breakdown } from '../shared/breakdown';
import { askedUnit, parseUnit, setUnit, type Unit } from '../shared/unit';

export const maxSteps = 12;
export const maxExclusions = 5;
const maxWindowDays = 366;
const maxHidden = 100;

export const orders: readonly { order: FunnelOrder; label: string }[] = [
  { order: 'ordered', label: 'in this order' },
  { order: 'strict', label: 'directly one after the other' },
  { order: 'any', label: 'in any order' },
];

export const funnelViews: readonly { view: FunnelView; label: string }[] = [
  { view: 'steps', label: 'Steps' },
  { view: 'time_to_convert', label: 'Time to convert' },
  { view: 'over_time', label: 'Over time' },
];

export const windowUnits: readonly { unit: FunnelWindowUnit; label: string; days: number }[] = [
  { unit: 'second', label: 'seconds', days: 1 / 86_400 },
  { unit: 'minute', label: 'minutes', days: 1 / 1_440 },
  { unit: 'hour', label: 'hours', days: 1 / 24 },
  { unit: 'day', label: 'days', days: 1 },
  { unit: 'week', label: 'weeks', days: 7 },
];

export const attributions: readonly { attribution: FunnelAttribution; label: string }[] = [
  { attribution: 'first_touch', label: 'the first value seen' },
  { attribution: 'last_touch', label: 'the last value seen' },
  { attribution: 'all_events', label: 'each value, all steps with it' },
  { attribution: 'step', label: 'the value at step…' },
];

export interface StepState {
  /** Null for any event; undefined while none is chosen, and the step takes no part. */
  event: string | null | undefined;
  name: string;
  optional: boolean;
  filters: PropertyFilter[];
}

/** After one step and before another, as positions from 0. */
export interface ExclusionState {
  event: string | null | undefined;
  from: number;
  to: number;
  filters: PropertyFilter[];
}

export interface FunnelState {
  steps: StepState[];
  exclusions: ExclusionState[];
  order: FunnelOrder;
  window: FunnelWindow;
  range: Range;
  filters: PropertyFilter[];
  unit: Unit;
  breakdown: Breakdown;
  attribution: FunnelAttribution;
  /** The step whose value counts where the attribution is by step, from 0. */
  attributionStep: number;
  view: FunnelView;
  interval: Interval;
  hidden: string[];
}

export const newStep: StepState = { event: undefined, name: '', optional: false, filters: [] };

export const defaultWindow: FunnelWindow = { count: 14, unit: 'day' };

export const defaultFunnel: FunnelState = {
  steps: [{ ...newStep, event: '$pageview' }, newStep],
  exclusions: [],
  order: 'ordered',
  window: defaultWindow,
  range: defaultRange,
  filters: [],
  unit: null,
  breakdown: noBreakdown,
  attribution: 'first_touch',
  attributionStep: 0,
  view: 'steps',
  interval: 'day',
  hidden: [],
};

export function isWindow({ count, unit }: FunnelWindow): boolean {
  const days = windowUnits.find((one) => one.unit === unit)?.days ?? Number.NaN;
  return Number.isInteger(count) && count >= 1 && count * days <= maxWindowDays;
}

/** Whether a step may be left out by those who go on: neither the first nor the last of an ordered funnel. */
export function mayBeOptional(state: FunnelState, index: number): boolean {
  return state.order === 'ordered' && index > 0 && index < state.steps.length - 1;
}

export function moveStep(state: FunnelState, from: number, to: number): FunnelState {
  const step = state.steps[from];
  if (!step || to < 0 || to >= state.steps.length || from === to) return state;
  const steps = state.steps.filter((_, at) => at !== from);
  steps.splice(to, 0, step);
  return { ...state, steps, hidden: [] };
}

export function removeStep(state: FunnelState, index: number): FunnelState {
  return fit({ ...state, steps: state.steps.filter((_, at) => at !== index), hidden: [] });
}

export function addExclusion(state: FunnelState): FunnelState {
  const exclusion: ExclusionState = { event: undefined, from: 0, to: state.steps.length - 1, filters: [] };
  return { ...state, exclusions: [...state.exclusions, exclusion] };
}

/** Keeps what names a step within the steps that there are. */
function fit(state: FunnelState): FunnelState {
  const last = state.steps.length - 1;
  return {
    ...state,
    exclusions: state.exclusions.map((one) => {
      const from = Math.min(one.from, last - 1);
      return { ...one, from, to: Math.min(Math.max(one.to, from + 1), last) };
    }),
    attributionStep: Math.min(state.attributionStep, last),
  };
}

export function parseFunnel(search: string): FunnelState {
  const parameters = new URLSearchParams(search);
  const range = parseRange(parameters.get('range'));
  const steps = parameters.getAll('s').slice(0, maxSteps).map((text) => parseStep(parseJson(text))).filter((one) => one !== null);
  const interval = intervals.find((one) => one === parameters.get('interval'));
  const [attribution, step] = (parameters.get('of') ?? '').split(':');
  return fit({
    steps: steps.length >= 2 ? steps : defaultFunnel.steps,
    exclusions: steps.length >= 2
      ? parameters.getAll('x').slice(0, maxExclusions).map((text) => parseExclusion(parseJson(text), steps.length)).filter((one) => one !== null)
      : [],
    order: orders.find((one) => one.order === parameters.get('order'))?.order ?? 'ordered',
    window: parseWindow(parameters.get('within')),
    range,
    filters: decodeFilters(parameters.getAll('f')),
    unit: parseUnit(parameters),
    breakdown: parseBreakdown(parameters),
    attribution: attributions.find((one) => one.attribution === attribution)?.attribution ?? 'first_touch',
    attributionStep: wholeNumber(step ?? null, 1, maxSteps, 1) - 1,
    view: funnelViews.find((one) => one.view === parameters.get('view'))?.view ?? 'steps',
    interval: interval && intervalsFor(range).includes(interval) ? interval : defaultInterval(range),
    hidden: [...new Set(parameters.getAll('hide'))].filter((key) => key.length <= maxText + 10).slice(0, maxHidden),
  });
}

/** The address of a state, without what is as it is by default. */
export function formatFunnel(state: FunnelState): string {
  const parameters = new URLSearchParams();
  if (JSON.stringify(state.steps) !== JSON.stringify(defaultFunnel.steps)) {
    for (const one of state.steps) parameters.append('s', JSON.stringify(encodeStep(one)));
  }

  for (const one of state.exclusions) parameters.append('x', JSON.stringify(encodeExclusion(one)));
  if (state.order !== 'ordered') parameters.set('order', state.order);
  const within = `${String(state.window.count)}${state.window.unit}`;
  if (within !== '14day') parameters.set('within', within);
  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  setUnit(parameters, state.unit);
  setBreakdown(parameters, state.breakdown);
  if (state.attribution === 'step') parameters.set('of', `step:${String(state.attributionStep + 1)}`);
  else if (state.attribution !== 'first_touch') parameters.set('of', state.attribution);
  if (state.view !== 'steps') parameters.set('view', state.view);
  if (state.interval !== defaultInterval(state.range)) parameters.set('interval', state.interval);
  for (const key of state.hidden) parameters.append('hide', key);
  return parameters.toString();
}

/** The query that a state asks for, without what is still being built; null where that leaves fewer than two steps. */
export function toFunnelQuery(state: FunnelState, timeZone: string, now: Date): FunnelQuery | null {
  const ready = state.steps.flatMap((one, index) => (one.event === undefined ? [] : [{ ...one, event: one.event, index }]));
  if (ready.length < 2) return null;
  const position = (index: number) => ready.findIndex((one) => one.index === index);
  const byStep = state.attribution === 'step' ? position(state.attributionStep) : -1;
  return {
    kind: 'funnel',
    steps: ready.map((one, at) => ({
      event: one.event,
      name: one.name === '' ? null : one.name,
      optional: one.optional && state.order === 'ordered' && at > 0 && at < ready.length - 1,
      filters: one.filters.filter(isComplete),
    })),
    exclusions: state.exclusions.flatMap((one) => {
      const [from, to] = [position(one.from), position(one.to)];
      if (one.event === undefined || from < 0 || to <= from) return [];
      return [{ event: one.event, name: null, fromStep: from + 1, toStep: to + 1, filters: one.filters.filter(isComplete) }];
    }),
    order: state.order,
    window: state.window,
    range: toQueryRange(state.range, timeZone, now),
    filters: state.filters.filter(isComplete),
    ...askedUnit(state.unit),
    breakdown: state.breakdown.property === null ? null : {
      property: state.breakdown.property,
      limit: state.breakdown.limit,
      attribution: state.attribution === 'step' && byStep < 0 ? 'first_touch' : state.attribution,
      step: byStep < 0 ? null : byStep + 1,
    },
    view: state.view,
    interval: state.view === 'over_time' ? state.interval : 'day',
  };
}

function parseWindow(text: string | null): FunnelWindow {
  const match = /^(\d{1,9})([a-z]+)$/.exec(text ?? '');
  const unit = windowUnits.find((one) => one.unit === match?.[2])?.unit;
  const window = unit && { count: Number(match?.[1]), unit };
  return window && isWindow(window) ? window : defaultWindow;
}

function encodeStep(step: StepState): Record<string, unknown> {
  const encoded: Record<string, unknown> = {};
  if (step.event !== undefined) encoded['event'] = step.event;
  if (step.name !== '') encoded['name'] = step.name;
  if (step.optional) encoded['optional'] = true;
  if (step.filters.length > 0) encoded['where'] = step.filters.map(encodeFilter);
  return encoded;
}

function parseStep(value: unknown): StepState | null {
  if (!isObject(value) || !isEvent(value['event'])) return null;
  const { event, name, optional, where } = value;
  return { event, name: isText(name) ? name : '', optional: optional === true, filters: parseWhere(where) };
}

function encodeExclusion(exclusion: ExclusionState): Record<string, unknown> {
  const encoded: Record<string, unknown> = {};
  if (exclusion.event !== undefined) encoded['event'] = exclusion.event;
  encoded['between'] = [exclusion.from + 1, exclusion.to + 1];
  if (exclusion.filters.length > 0) encoded['where'] = exclusion.filters.map(encodeFilter);
  return encoded;
}

function parseExclusion(value: unknown, steps: number): ExclusionState | null {
  if (!isObject(value) || !isEvent(value['event']) || !Array.isArray(value['between'])) return null;
  const [from, to] = value['between'] as unknown[];
  if (!Number.isInteger(from) || !Number.isInteger(to)) return null;
  const [first, last] = [Number(from) - 1, Number(to) - 1];
  if (first < 0 || last <= first || last >= steps) return null;
  return { event: value['event'], from: first, to: last, filters: parseWhere(value['where']) };
}

function isEvent(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || isText(value);
}
