// What statements that ask the same as an insight have in common: the words of a query over the project's relations. Pure.
import type { Interval, PropertyFilter, QueryRange, QueryUnit, SqlColumn, SqlRelation, WeekStart } from '../../api/types';
import { eventLabel } from '../../lib/format';
import { quoteName } from '../../lib/sql';
import { cohortId } from '../../state/filters';

/** What a statement cannot say plainly: left out rather than said almost. Its message tells a reader why. */
export class Unsayable extends Error {}

/** A column, or an expression that stands for one. */
export interface SqlValue {
  sql: string;
  type: string;
}

interface Selector {
  event?: string | null | undefined;
  filters?: readonly PropertyFilter[];
}

/** The words of one project. They throw `Unsayable` for what they cannot say. */
export interface SqlWords {
  /** An event's time on the project's clock. */
  local: string;
  /** An instant of UTC on the project's clock. */
  localOf: (instant: string) => string;
  /** The start of the interval that a local time lies in. */
  start: (interval: Interval, time: string) => string;
  /** Conditions of lying in a range, of which whole dates are days of the project. */
  within: (range: QueryRange, time?: string) => string[];
  /** Both ends of a range as local times, [from, to). */
  bounds: (range: QueryRange) => [string, string];
  /** Conditions of an event's being what is selected. */
  meets: (selector: Selector) => string[];
  condition: (filter: PropertyFilter) => string;
  /** As conditions do, of a value that is no property of an event. */
  conditionOf: (filter: PropertyFilter, value: SqlValue) => string;
  /** A property to group by; NULL where no event has it. */
  value: (property: string) => string;
  /** The numbers of a property; other kinds of it are no numbers. */
  number: (property: string) => string;
  /** Who an event is of, and the condition that it is of anybody. */
  who: (unit: QueryUnit | null | undefined) => { key: string; known: string };
}

const own: readonly string[] = ['event', 'distinct_id', 'session_id'];

export function sqlWords(project: { timeZone: string; weekStartsOn: WeekStart }, relations: readonly SqlRelation[]): SqlWords {
  const columns = relations.find((one) => one.name === 'events')?.columns ?? [];
  const persons = relations.find((one) => one.name === 'persons')?.columns ?? [];
  const localOf = (instant: string) => (project.timeZone === 'UTC' ? instant : `${instant} AT TIME ZONE 'UTC' AT TIME ZONE ${text(project.timeZone)}`);
  const local = localOf('timestamp');
  const start = (interval: Interval, time: string) => (interval === 'week' && project.weekStartsOn === 'sunday'
    ? `date_trunc('week', ${time} + INTERVAL 1 DAY) - INTERVAL 1 DAY`
    : `date_trunc('${interval}', ${time})`);
  const condition = (filter: PropertyFilter) => filterSql(filter, columns, persons);
  const relative = ({ last, unit }: Extract<QueryRange, { last: number }>) => {
    const now = start(unit, `now() AT TIME ZONE ${text(project.timeZone)}`);
    return { from: `${now} - INTERVAL ${String(last - 1)} ${unit.toUpperCase()}`, to: `${now} + INTERVAL 1 ${unit.toUpperCase()}` };
  };
  return {
    local,
    localOf,
    start,
    condition,
    conditionOf: (filter, value) => conditionSql(filter, value, value.type === 'DOUBLE' ? value.sql : 'NULL::DOUBLE'),
    within: (range, time = 'timestamp') => {
      const at = localOf(time);
      if ('last' in range) {
        const { from, to } = relative(range);
        return [`${at} >= ${from}`, `${at} < ${to}`];
      }

      return [
        range.from.includes('T') ? `${time} >= ${instantSql(range.from)}` : `${at} >= DATE ${text(range.from)}`,
        range.to.includes('T') ? `${time} < ${instantSql(range.to)}` : `${at} < DATE ${text(range.to)} + INTERVAL 1 DAY`,
      ];
    },
    bounds: (range) => {
      if ('last' in range) {
        const { from, to } = relative(range);
        return [from, to];
      }

      return [
        range.from.includes('T') ? localOf(instantSql(range.from)) : `TIMESTAMP ${text(range.from)}`,
        range.to.includes('T') ? localOf(instantSql(range.to)) : `TIMESTAMP ${text(range.to)} + INTERVAL 1 DAY`,
      ];
    },
    meets: ({ event, filters = [] }) => [...(event === null || event === undefined ? [] : [`event = ${text(event)}`]), ...filters.map(condition)],
    value: (property) => {
      if (property.startsWith('person.')) throw new Unsayable('A breakdown by a property of persons has no plain SQL.');
      refuse(property);
      return columnOf(property, columns)?.sql ?? 'NULL::VARCHAR';
    },
    number: (property) => numberSql(property, columns),
    who: (unit) => {
      if (!unit) return { key: 'person_key', known: 'person_key <> 0' };
      const column = columnOf(`$groups.${unit.group}`, columns);
      const key = column === null ? 'NULL::VARCHAR' : column.type === 'VARCHAR' ? column.sql : `CAST(${column.sql} AS VARCHAR)`;
      return { key, known: `${key} <> ''` };
    },
  };
}

/** "-- Funnel: Page view, Order by day", in front of a statement. */
export function headline(kind: string, words: string): string {
  return `-- ${kind}: ${words}`.replaceAll(/\s+/g, ' ');
}

export function eventsText(events: readonly (string | null | undefined)[]): string {
  return events.map((one) => eventLabel(one ?? null)).join(', ');
}

/** Conditions below each other; true where there are none. */
export function all(conditions: readonly string[], indent = ''): string {
  return conditions.length === 0 ? 'true' : conditions.join(`\n${indent}  AND `);
}

/** FILTER for an aggregate; nothing where there is no condition. */
export function only(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` FILTER (WHERE ${conditions.join(' AND ')})`;
}

export function intervalSql(count: number, unit: string): string {
  return `INTERVAL ${String(count)} ${unit.toUpperCase()}`;
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function instantSql(bound: string): string {
  return `TIMESTAMP ${text(new Date(bound).toISOString().slice(0, -1).replace('T', ' '))}`;
}

function refuse(property: string): void {
  if (cohortId(property) !== null) throw new Unsayable('Cohorts are not among the tables of SQL.');
  if (property.startsWith('group.')) throw new Unsayable('What groups were told is not among the tables of SQL.');
}

function filterSql(filter: PropertyFilter, columns: readonly SqlColumn[], persons: readonly SqlColumn[]): string {
  refuse(filter.property);
  if (!filter.property.startsWith('person.')) return propertySql(filter, filter.property, columns);
  // Who has no row in persons fails every condition but those that say not; these are said of the ones who meet it.
  const [plain, negated] = positive(filter);
  return `person_key ${negated ? 'NOT IN' : 'IN'} (SELECT person_key FROM persons WHERE ${propertySql(plain, filter.property.slice('person.'.length), persons)})`;
}

function positive(filter: PropertyFilter): [PropertyFilter, boolean] {
  const of = { is_not: 'is', not_contains: 'contains', is_not_set: 'is_set' } as const;
  const operator = filter.operator in of ? of[filter.operator as keyof typeof of] : null;
  return operator === null ? [filter, false] : [{ ...filter, operator }, true];
}

function propertySql(filter: PropertyFilter, property: string, columns: readonly SqlColumn[]): string {
  return conditionSql(filter, columnOf(property, columns), numberSql(property, columns));
}

function conditionSql(filter: PropertyFilter, column: SqlValue | null, numbers: string): string {
  const [{ operator, values }, negated] = positive(filter);
  if (column === null) return negated ? 'true' : 'false';
  const { sql, type } = column;
  const plain = type === 'VARCHAR' ? sql : `CAST(${sql} AS VARCHAR)`;
  const any = (conditions: string[]) => (conditions.length === 1 ? conditions[0] ?? '' : `(${conditions.join(' OR ')})`);
  const compared = { greater_than: '>', greater_or_equal: '>=', less_than: '<', less_or_equal: '<=' } as const;
  const condition = operator === 'is_set' ? `${sql} IS NOT NULL`
    : operator === 'is' ? `${sql} IN (${literals(values, type)})`
    : operator === 'contains' ? any(values.map((value) => `contains(lower(${plain}), lower(${text(value)}))`))
    : operator === 'matches' ? any(values.map((value) => `regexp_matches(${plain}, ${text(value)})`))
    : operator in compared ? `${numbers} ${compared[operator as keyof typeof compared]} ${numberLiteral(values[0])}`
    : null;
  if (condition === null) throw new Unsayable('One of the filters has no plain SQL.');
  if (!negated) return condition;
  return operator === 'is_set' ? `${sql} IS NULL` : `NOT coalesce(${condition}, false)`;
}

/** Values of another kind than the column's are none of its. */
function literals(values: readonly string[], type: string): string {
  const known = type === 'DOUBLE' ? values.filter((one) => one.trim() !== '' && Number.isFinite(Number(one))).map(numberLiteral)
    : type === 'BOOLEAN' ? values.filter((one) => one === 'true' || one === 'false')
    : values.map(text);
  return known.length === 0 ? 'NULL' : known.join(', ');
}

function columnOf(property: string, columns: readonly SqlColumn[]): SqlValue | null {
  const named = own.includes(property) ? columns.find((one) => one.name === property) : columns.find((one) => one.property === property && !/^[tnbj]:/.test(one.name));
  if (named) return { sql: quoteName(named.name), type: named.type };
  // Where the plain name is taken there is a column for each kind alone.
  const kinds = columns.filter((one) => one.property === property);
  if (kinds.length > 1) throw new Unsayable(`The property ${property} has a column for each kind of its values.`);
  return kinds[0] ? { sql: quoteName(kinds[0].name), type: kinds[0].type } : null;
}

function numberSql(property: string, columns: readonly SqlColumn[]): string {
  const column = columns.find((one) => one.property === property && one.type === 'DOUBLE');
  return column ? quoteName(column.name) : 'NULL::DOUBLE';
}

function numberLiteral(value: string | undefined): string {
  const parsed = Number(value);
  if (!Number.isFinite(parsed)) throw new Unsayable('One of the filters compares with something that is no number.');
  return String(parsed);
}
