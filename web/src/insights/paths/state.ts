// What Paths shows, and how that stands in the address. Pure: whatever makes no sense falls back, part by part.
import type { PathItemKind, PathsQuery, PropertyFilter } from '../../api/types';
import { decodeFilters, encodeFilter, isComplete } from '../../state/filters';
import { defaultRange, formatRange, parseRange, toQueryRange, type Range } from '../../state/range';
import { isText, wholeNumber } from '../../state/texts';
import { askedBreakdown, noBreakdown, parseBreakdown, setBreakdown, type Breakdown } from '../shared/breakdown';
import { askedUnit, parseUnit, setUnit, type Unit } from '../shared/unit';

export const itemKinds: readonly { kind: PathItemKind; label: string }[] = [
  { kind: 'pages', label: 'Pages' },
  { kind: 'screens', label: 'Screens' },
  { kind: 'events', label: 'Events' },
];

export const leastSteps = 2;
export const mostSteps = 10;
export const edgeCounts: readonly number[] = [10, 25, 50, 100, 200];
const defaultSteps = 5;
const defaultEdges = 50;
const maxItems = 30;

export interface PathsState {
  include: PathItemKind[];
  start: string | null;
  end: string | null;
  /** Steps that are left out as if they had not been. */
  leave: string[];
  /** Patterns in which * stands for any characters. */
  groups: string[];
  steps: number;
  edges: number;
  range: Range;
  filters: PropertyFilter[];
  unit: Unit;
  breakdown: Breakdown;
  /** The value that is shown, by its key; null for all together. */
  shown: string | null;
}

export const defaultPaths: PathsState = {
  include: ['pages'],
  start: null,
  end: null,
  leave: [],
  groups: [],
  steps: defaultSteps,
  edges: defaultEdges,
  range: defaultRange,
  filters: [],
  unit: null,
  breakdown: noBreakdown,
  shown: null,
};

/** What can be a step, with one kind switched; one of them always is. */
export function switched(include: readonly PathItemKind[], kind: PathItemKind): PathItemKind[] {
  const now = itemKinds.map((one) => one.kind).filter((one) => include.includes(one) !== (one === kind));
  return now.length > 0 ? now : [kind];
}

export function parsePaths(search: string): PathsState {
  const parameters = new URLSearchParams(search);
  const asked = parameters.getAll('include');
  const include = itemKinds.map((one) => one.kind).filter((one) => asked.includes(one));
  const edges = wholeNumber(parameters.get('edges'), 1, 1_000, defaultEdges);
  return {
    include: include.length > 0 ? include : defaultPaths.include,
    start: item(parameters.get('start')),
    end: item(parameters.get('end')),
    leave: items(parameters.getAll('leave')),
    groups: items(parameters.getAll('group')),
    steps: wholeNumber(parameters.get('steps'), leastSteps, mostSteps, defaultSteps),
    edges: edgeCounts.includes(edges) ? edges : defaultEdges,
    range: parseRange(parameters.get('range')),
    filters: decodeFilters(parameters.getAll('f')),
    unit: parseUnit(parameters),
    breakdown: parseBreakdown(parameters),
    shown: item(parameters.get('show')),
  };
}

/** The address of a state, without what is as it is by default. */
export function formatPaths(state: PathsState): string {
  const parameters = new URLSearchParams();
  if (state.include.join() !== defaultPaths.include.join()) for (const one of state.include) parameters.append('include', one);
  if (state.start !== null) parameters.set('start', state.start);
  if (state.end !== null) parameters.set('end', state.end);
  for (const one of state.leave) parameters.append('leave', one);
  for (const one of state.groups) parameters.append('group', one);
  if (state.steps !== defaultSteps) parameters.set('steps', String(state.steps));
  if (state.edges !== defaultEdges) parameters.set('edges', String(state.edges));
  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  setUnit(parameters, state.unit);
  setBreakdown(parameters, state.breakdown);
  if (state.shown !== null) parameters.set('show', state.shown);
  return parameters.toString();
}

export function toPathsQuery(state: PathsState, timeZone: string, now: Date): PathsQuery {
  return {
    kind: 'paths',
    range: toQueryRange(state.range, timeZone, now),
    steps: state.steps,
    edges: state.edges,
    minimumCount: 1,
    include: state.include,
    startPoint: state.start,
    endPoint: state.end,
    exclude: state.leave,
    groupings: state.groups,
    filters: state.filters.filter(isComplete),
    ...askedUnit(state.unit),
    breakdown: askedBreakdown(state.breakdown),
  };
}

function item(text: string | null): string | null {
  return isText(text) ? text : null;
}

function items(texts: readonly string[]): string[] {
  return [...new Set(texts.filter(isText))].slice(0, maxItems);
}
