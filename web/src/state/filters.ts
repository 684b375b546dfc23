// Filters as they stand in an address: ["$browser","is","Chrome","Safari"], short enough to be read.
import type { FilterOperator, PropertyFilter } from '../api/types';

export const maxFilters = 20;
const maxValues = 50;
const maxText = 400;

export const operators: readonly { operator: FilterOperator; label: string; values: 'many' | 'one' | 'number' | 'none' }[] = [
  { operator: 'is', label: 'is', values: 'many' },
  { operator: 'is_not', label: 'is not', values: 'many' },
  { operator: 'contains', label: 'contains', values: 'one' },
  { operator: 'not_contains', label: 'does not contain', values: 'one' },
  { operator: 'matches', label: 'matches regex', values: 'one' },
  { operator: 'greater_than', label: '> greater than', values: 'number' },
  { operator: 'greater_or_equal', label: '≥ at least', values: 'number' },
  { operator: 'less_than', label: '< less than', values: 'number' },
  { operator: 'less_or_equal', label: '≤ at most', values: 'number' },
  { operator: 'is_set', label: 'is set', values: 'none' },
  { operator: 'is_not_set', label: 'is not set', values: 'none' },
];

const cohortPrefix = 'cohort.';

export function cohortProperty(id: number): string {
  return cohortPrefix + String(id);
}

/** The cohort that a property stands for: true for those who are in it. Null where it is none. */
export function cohortId(property: string): number | null {
  const id = property.startsWith(cohortPrefix) ? property.slice(cohortPrefix.length) : '';
  return /^\d{1,9}$/.test(id) ? Number(id) : null;
}

/** One is in a cohort or not; there is nothing else to compare. */
export const cohortOperators: readonly { operator: FilterOperator; label: string }[] = [
  { operator: 'is', label: 'is in it' },
  { operator: 'is_not', label: 'is not in it' },
];

export function inCohort(id: number): PropertyFilter {
  return { property: cohortProperty(id), operator: 'is', values: ['true'] };
}

/** The same filter on another property; whether one is in a cohort needs no value to be chosen. */
export function withProperty(filter: PropertyFilter, property: string): PropertyFilter {
  const id = cohortId(property);
  return id === null ? { ...filter, property, values: [] } : { ...inCohort(id), operator: filter.operator === 'is_not' ? 'is_not' : 'is' };
}

export function operatorInfo(operator: FilterOperator) {
  const info = operators.find((one) => one.operator === operator);
  if (!info) throw new Error(`There is no operator ${operator}.`);
  return info;
}

/** A filter without a value that it needs is being built; it does not take part in a query yet. */
export function isComplete(filter: PropertyFilter): boolean {
  const { values } = operatorInfo(filter.operator);
  if (values === 'none') return true;
  if (filter.values.length === 0) return false;
  return values !== 'number' || filter.values.every((value) => value.trim() !== '' && Number.isFinite(Number(value)));
}

/** The same filter with another operator, its values kept as far as they fit. */
export function withOperator(filter: PropertyFilter, operator: FilterOperator): PropertyFilter {
  const { values } = operatorInfo(operator);
  const kept = values === 'none' ? [] : values === 'many' ? filter.values : filter.values.slice(0, 1);
  return { ...filter, operator, values: kept };
}

export function encodeFilter(filter: PropertyFilter): [string, ...string[]] {
  return [filter.property, filter.operator, ...filter.values];
}

export function decodeFilter(value: unknown): PropertyFilter | null {
  if (!Array.isArray(value) || !value.every((part) => typeof part === 'string')) return null;
  const [property, operator, ...values] = value;
  const known = operators.find((one) => one.operator === operator);
  if (property === undefined || property === '' || property.length > maxText || !known) return null;
  return {
    property,
    operator: known.operator,
    values: values.slice(0, maxValues).map((one) => one.slice(0, maxText)),
  };
}

export function decodeFilters(values: readonly string[]): PropertyFilter[] {
  return values
    .map((text) => decodeFilter(parseJson(text)))
    .filter((filter) => filter !== null)
    .slice(0, maxFilters);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What a filter says, for chips and summaries. */
export function describeFilter(filter: PropertyFilter, label: (property: string) => string): string {
  const cohort = cohortId(filter.property);
  if (cohort !== null) return `${filter.operator === 'is_not' ? 'not in' : 'in'} cohort ${String(cohort)}`;
  const words = operatorInfo(filter.operator).label.replace(/^[<>≤≥] /u, '');
  return [label(filter.property), words, filter.values.map((value) => (value === '' ? '(empty)' : value)).join(' or ')]
    .filter((part) => part !== '')
    .join(' ');
}
