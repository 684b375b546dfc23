// A trend as the statement that asks the same of the project's relations. Pure.
import type { PropertyFilter, QueryRange, SqlColumn, SqlRelation, TrendsQuery, WeekStart } from '../../api/types';
import { quoteName } from '../../lib/sql';
import { cohortId } from '../../state/filters';
import { seriesNames } from './chart';

type Series = TrendsQuery['series'][number];

const own: readonly string[] = ['event', 'distinct_id', 'session_id'];
const percentiles: Partial<Record<Series['math'], string>> = { p90: '0.9', p95: '0.95', p99: '0.99' };
const aggregates: Partial<Record<Series['math'], string>> = { sum: 'sum', average: 'avg', min: 'min', max: 'max', median: 'median' };

/** What a statement cannot say plainly: left out rather than said almost. */
class Unsayable extends Error {}

/**
 * The statement whose rows are the points of a trend: a column for each series, a row for each bucket in which something
 * happened (and value of the breakdown, of which it has all). Null for what has no plain statement: formulas, moving
 * averages and cumulative points, numbers of each person, who is active or new, groups, cohorts.
 */
export function trendsSql(query: TrendsQuery, project: { timeZone: string; weekStartsOn: WeekStart }, relations: readonly SqlRelation[]): string | null {
  if ((query.formulas ?? []).length > 0 || query.cumulative || query.smoothing || query.unit) return null;
  try {
    return written(query, project, relations);
  } catch (error) {
    if (error instanceof Unsayable) return null;
    throw error;
  }
}

function written(query: TrendsQuery, project: { timeZone: string; weekStartsOn: WeekStart }, relations: readonly SqlRelation[]): string {
  const columns = relations.find((one) => one.name === 'events')?.columns ?? [];
  const persons = relations.find((one) => one.name === 'persons')?.columns ?? [];
  const local = project.timeZone === 'UTC' ? 'timestamp' : `timestamp AT TIME ZONE 'UTC' AT TIME ZONE ${text(project.timeZone)}`;
  const start = (unit: string, time: string) => (unit === 'week' && project.weekStartsOn === 'sunday'
    ? `date_trunc('week', ${time} + INTERVAL 1 DAY) - INTERVAL 1 DAY`
    : `date_trunc('${unit}', ${time})`);
  const condition = (filter: PropertyFilter) => filterSql(filter, columns, persons);
  const only = query.series.length === 1 ? query.series[0] : undefined;
  const meets = (one: Series) => [...(one.event === null || one.event === undefined ? [] : [`event = ${text(one.event)}`]), ...(one.filters ?? []).map(condition)];
  const names = seriesNames(query);
  const numbers = query.series.map((one, index) => {
    const asked = only ? [] : meets(one);
    const persons = one.math === 'unique_persons' ? ['person_key <> 0'] : [];
    const filter = [...asked, ...persons];
    return `${aggregate(one, columns)}${filter.length > 0 ? ` FILTER (WHERE ${filter.join(' AND ')})` : ''} AS ${quoteName(names[index] ?? `series ${String(index + 1)}`)}`;
  });
  const breakdown = query.breakdown ? [`${breakdownSql(query.breakdown.property, columns)} AS ${quoteName(query.breakdown.property.replace(/^\$/, ''))}`] : [];
  const all = [...rangeSql(query.range, project.timeZone, local, start), ...(query.filters ?? []).map(condition), ...(only ? meets(only) : [])];
  return [
    `SELECT ${[`${start(query.interval ?? 'day', local)} AS ${query.interval ?? 'day'}`, ...breakdown, ...numbers].join(',\n  ')}`,
    'FROM events',
    `WHERE ${all.join('\n  AND ')}`,
    'GROUP BY ALL',
    'ORDER BY 1',
  ].join('\n');
}

function aggregate(one: Series, columns: readonly SqlColumn[]): string {
  if (one.perPerson) throw new Unsayable();
  if (one.math === 'total') return 'count(*)';
  if (one.math === 'unique_persons') return 'count(DISTINCT person_key)';
  if (one.math === 'unique_sessions') return 'count(DISTINCT session_id)';
  const [name, fraction] = [aggregates[one.math], percentiles[one.math]];
  const number = numberSql(one.property ?? '', columns);
  if (name !== undefined) return `${name}(${number})`;
  if (fraction !== undefined) return `quantile_cont(${number}, ${fraction})`;
  throw new Unsayable();
}

/** Whole dates are days of the project, both included; a relative range goes on to the end of the unit that is going on. */
function rangeSql(range: QueryRange, timeZone: string, local: string, start: (unit: string, time: string) => string): string[] {
  if ('last' in range) {
    const now = start(range.unit, `now() AT TIME ZONE ${text(timeZone)}`);
    const unit = range.unit.toUpperCase();
    return [`${local} >= ${now} - INTERVAL ${String(range.last - 1)} ${unit}`, `${local} < ${now} + INTERVAL 1 ${unit}`];
  }

  const instant = (bound: string) => `TIMESTAMP ${text(new Date(bound).toISOString().slice(0, -1).replace('T', ' '))}`;
  return [
    range.from.includes('T') ? `timestamp >= ${instant(range.from)}` : `${local} >= DATE ${text(range.from)}`,
    range.to.includes('T') ? `timestamp < ${instant(range.to)}` : `${local} < DATE ${text(range.to)} + INTERVAL 1 DAY`,
  ];
}

function breakdownSql(property: string, columns: readonly SqlColumn[]): string {
  if (property.startsWith('person.') || property.startsWith('group.') || cohortId(property) !== null) throw new Unsayable();
  return columnOf(property, columns)?.sql ?? 'NULL';
}

function filterSql(filter: PropertyFilter, columns: readonly SqlColumn[], persons: readonly SqlColumn[]): string {
  if (filter.property.startsWith('group.') || cohortId(filter.property) !== null) throw new Unsayable();
  if (!filter.property.startsWith('person.')) return conditionSql(filter, filter.property, columns);
  // Who has no row in persons fails every condition but those that say not; these are said of the ones who meet it.
  const [plain, negated] = positive(filter);
  return `person_key ${negated ? 'NOT IN' : 'IN'} (SELECT person_key FROM persons WHERE ${conditionSql(plain, filter.property.slice('person.'.length), persons)})`;
}

function positive(filter: PropertyFilter): [PropertyFilter, boolean] {
  const of = { is_not: 'is', not_contains: 'contains', is_not_set: 'is_set' } as const;
  const operator = filter.operator in of ? of[filter.operator as keyof typeof of] : null;
  return operator === null ? [filter, false] : [{ ...filter, operator }, true];
}

function conditionSql(filter: PropertyFilter, property: string, columns: readonly SqlColumn[]): string {
  const [{ operator, values }, negated] = positive(filter);
  const column = columnOf(property, columns);
  if (column === null) return negated ? 'true' : 'false';
  const { sql, type } = column;
  const plain = type === 'VARCHAR' ? sql : `CAST(${sql} AS VARCHAR)`;
  const any = (conditions: string[]) => (conditions.length === 1 ? conditions[0] ?? '' : `(${conditions.join(' OR ')})`);
  const compared = { greater_than: '>', greater_or_equal: '>=', less_than: '<', less_or_equal: '<=' } as const;
  const condition = operator === 'is_set' ? `${sql} IS NOT NULL`
    : operator === 'is' ? `${sql} IN (${literals(values, type)})`
    : operator === 'contains' ? any(values.map((value) => `contains(lower(${plain}), lower(${text(value)}))`))
    : operator === 'matches' ? any(values.map((value) => `regexp_matches(${plain}, ${text(value)})`))
    : operator in compared ? `${numberSql(property, columns)} ${compared[operator as keyof typeof compared]} ${number(values[0])}`
    : null;
  if (condition === null) throw new Unsayable();
  if (!negated) return condition;
  return operator === 'is_set' ? `${sql} IS NULL` : `NOT coalesce(${condition}, false)`;
}

/** Values of another kind than the column's are none of its. */
function literals(values: readonly string[], type: string): string {
  const all = type === 'DOUBLE' ? values.filter((one) => one.trim() !== '' && Number.isFinite(Number(one))).map(number)
    : type === 'BOOLEAN' ? values.filter((one) => one === 'true' || one === 'false')
    : values.map(text);
  return all.length === 0 ? 'NULL' : all.join(', ');
}

function columnOf(property: string, columns: readonly SqlColumn[]): { sql: string; type: string } | null {
  const named = own.includes(property) ? columns.find((one) => one.name === property) : columns.find((one) => one.property === property && !/^[tnbj]:/.test(one.name));
  if (named) return { sql: quoteName(named.name), type: named.type };
  // Where the plain name is taken there is a column for each kind alone.
  const kinds = columns.filter((one) => one.property === property);
  if (kinds.length > 1) throw new Unsayable();
  return kinds[0] ? { sql: quoteName(kinds[0].name), type: kinds[0].type } : null;
}

/** The column of its numbers; other kinds of a property are no numbers. */
function numberSql(property: string, columns: readonly SqlColumn[]): string {
  const column = columns.find((one) => one.property === property && one.type === 'DOUBLE');
  return column ? quoteName(column.name) : 'NULL::DOUBLE';
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function number(value: string | undefined): string {
  const parsed = Number(value);
  if (!Number.isFinite(parsed)) throw new Unsayable();
  return String(parsed);
}
