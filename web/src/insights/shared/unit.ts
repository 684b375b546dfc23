// Whom an insight is about, as it stands in an address: persons, or groups of a type. Pure.
import type { QueryUnit } from '../../api/types';
import { isText } from '../../state/texts';

/** The type of group, or null for persons. */
export type Unit = string | null;

export function parseUnit(parameters: URLSearchParams): Unit {
  const unit = parameters.get('unit');
  return isText(unit) ? unit : null;
}

export function setUnit(parameters: URLSearchParams, unit: Unit): void {
  if (unit !== null) parameters.set('unit', unit);
}

/** What a query has of it: nothing for persons. */
export function askedUnit(unit: Unit): { unit?: QueryUnit } {
  return unit === null ? {} : { unit: { group: unit } };
}

/** What one who is counted is called. */
export function counted(unit: QueryUnit | null | undefined): 'person' | 'group' {
  return unit ? 'group' : 'person';
}

/** Over a column of them, and of all together. */
export function countedAll(unit: QueryUnit | null | undefined): { column: string; all: string } {
  return unit ? { column: 'Groups', all: 'All groups' } : { column: 'Persons', all: 'All persons' };
}

/** "Persons", or "Groups: company". */
export function unitName(unit: QueryUnit | null | undefined): string {
  return unit ? `Groups: ${unit.group}` : 'Persons';
}
