// A cohort's condition as an editor holds it: a flat list, of which all or any must hold. Pure.
import type { CohortCondition, PropertyFilter, StoredFilter } from '../api/types';
import { isComplete } from '../state/filters';

type Did = Extract<CohortCondition, { kind: 'did' }>;

export type RuleState =
  | { kind: 'did'; event: string | null | undefined; filters: PropertyFilter[]; comparison: Did['comparison']; times: number; days: number }
  | { kind: 'person'; filters: PropertyFilter[] };

export interface ConditionState {
  match: 'all' | 'any';
  rules: RuleState[];
}

export const mostRules = 20;
export const mostTimes = 1_000_000;
export const mostDays = 3_650;

export const comparisons: readonly { comparison: Did['comparison']; label: string }[] = [
  { comparison: 'at_least', label: 'at least' },
  { comparison: 'at_most', label: 'at most' },
  { comparison: 'exactly', label: 'exactly' },
];

export const newDid: RuleState = { kind: 'did', event: undefined, filters: [], comparison: 'at_least', times: 1, days: 30 };
export const newPerson: RuleState = { kind: 'person', filters: [] };
export const newCondition: ConditionState = { match: 'all', rules: [newDid] };

/** What the rules say; null while one of them is not finished. */
export function toCondition({ match, rules }: ConditionState): CohortCondition | null {
  const all = rules.map(toRule);
  const finished = all.filter((one) => one !== null);
  const [first] = finished;
  if (!first || finished.length < all.length) return null;
  return finished.length === 1 ? first : { kind: match, of: finished };
}

function toRule(rule: RuleState): CohortCondition | null {
  if (!rule.filters.every(isComplete)) return null;
  if (rule.kind === 'person') return rule.filters.length > 0 ? { kind: 'person', filters: rule.filters } : null;
  const { event, filters, comparison, times, days } = rule;
  const bounded = Number.isInteger(times) && times >= 0 && times <= mostTimes && Number.isInteger(days) && days >= 1 && days <= mostDays;
  return event === undefined || !bounded ? null : { kind: 'did', event, filters, comparison, times, range: { last: days, unit: 'day' } };
}

/** The editor's form of a condition; null for one that it has no room for: made of groups of conditions, or of other times. */
export function fromCondition(condition: CohortCondition): ConditionState | null {
  const rules = (condition.kind === 'all' || condition.kind === 'any' ? condition.of : [condition]).map(fromRule);
  const known = rules.filter((one) => one !== null);
  if (known.length === 0 || known.length < rules.length) return null;
  return { match: condition.kind === 'any' ? 'any' : 'all', rules: known };
}

function fromRule(rule: CohortCondition): RuleState | null {
  if (rule.kind === 'person') return { kind: 'person', filters: rule.filters.map(ofTexts) };
  if (rule.kind !== 'did' || !('last' in rule.range) || rule.range.unit !== 'day') return null;
  return {
    kind: 'did', event: rule.event ?? null, filters: (rule.filters ?? []).map(ofTexts), comparison: rule.comparison, times: rule.times, days: rule.range.last,
  };
}

function ofTexts(filter: StoredFilter): PropertyFilter {
  return { ...filter, values: (filter.values ?? []).map(String) };
}
