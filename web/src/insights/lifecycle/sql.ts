// The lifecycle as the statement that asks the same of the project's relations. Pure.
import type { LifecycleQuery } from '../../api/types';
import { valueColumn } from '../../lib/sql';
import { all, eventsText, headline, intervalSql, type SqlWords } from '../shared/sql';

/** The statement whose rows are the intervals (of each value of a breakdown), with who is new, returning, resurrecting and dormant in each. */
export function lifecycleSql(query: LifecycleQuery, words: SqlWords): string {
  const { interval, unit } = query;
  const { key, known } = words.who(unit);
  const value = query.breakdown ? words.value(query.breakdown.property) : null;
  const own = value === null ? '' : ', value';
  const step = intervalSql(1, interval);
  const [from, to] = words.bounds(query.range);
  const [first, after] = [words.start(interval, from), `${words.start(interval, `${to} - INTERVAL 1 MICROSECOND`)} + ${step}`];
  // Groups have no rows of their own: they are first seen with their first event.
  const seen = unit
    ? `  SELECT ${key} AS who, ${words.start(interval, words.localOf('min(timestamp)'))} AS since FROM events WHERE ${known} GROUP BY who`
    : `  SELECT person_key AS who, ${words.start(interval, words.localOf('created_at'))} AS since FROM persons`;
  const personless = unit ? [] : [words.condition({ property: '$process_person_profile', operator: 'is_not', values: ['false'] })];
  return [
    headline('Lifecycle', `${eventsText([query.activity.event])}, by ${interval}`),
    'WITH seen AS (',
    seen,
    '), active AS (',
    `  SELECT DISTINCT ${key} AS who, ${value === null ? '' : `CAST(${value} AS VARCHAR) AS value, `}${words.start(interval, words.local)} AS bucket`,
    '  FROM events',
    `  WHERE ${all([`${words.local} >= ${first} - ${step}`, `${words.local} < ${after}`, known, ...query.filters.map(words.condition), ...words.meets(query.activity), ...personless], '  ')}`,
    '), beside AS (',
    `  SELECT who${own}, bucket, since, lag(bucket) OVER person AS before, lead(bucket) OVER person AS next`,
    '  FROM active JOIN seen USING (who)',
    `  WINDOW person AS (PARTITION BY who${own} ORDER BY bucket)`,
    '), told AS (',
    `  SELECT bucket${own}, CASE WHEN bucket = since THEN 'new' WHEN before = bucket - ${step} THEN 'returning' ELSE 'resurrecting' END AS status FROM beside`,
    '  UNION ALL',
    `  SELECT bucket + ${step}${own}, 'dormant' FROM beside WHERE next IS DISTINCT FROM bucket + ${step}`,
    ')',
    `SELECT bucket AS ${interval},${query.breakdown ? ` value AS ${valueColumn(query.breakdown.property)},` : ''}`,
    ...['new', 'returning', 'resurrecting', 'dormant'].map((status, index) => `  count(*) FILTER (WHERE status = '${status}') AS ${status}${index < 3 ? ',' : ''}`),
    'FROM told',
    `WHERE bucket >= ${first} AND bucket < ${after}`,
    'GROUP BY ALL',
    'ORDER BY 1',
  ].join('\n');
}
