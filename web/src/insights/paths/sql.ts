// Paths as the statement that asks the same of the project's relations. Pure.
import type { PathsQuery } from '../../api/types';
import { valueColumn } from '../../lib/sql';
import { all, headline, text, Unsayable, type SqlWords } from '../shared/sql';

/** The statement whose rows are the edges (of each value of a breakdown): the step, from what to what, how many ways have it, and after how many seconds on average. */
export function pathsSql(query: PathsQuery, words: SqlWords): string {
  if (query.startPoint || query.endPoint) throw new Unsayable('Ways from or to one point have no plain SQL. All ways have.');
  const { key, known } = words.who(query.unit);
  const value = query.breakdown ? words.value(query.breakdown.property) : null;
  const own = value === null ? '' : ', value';
  const of = (name: string) => `CAST(${words.value(name)} AS VARCHAR)`;
  const kinds = {
    pages: { event: "event = '$pageview'", item: `coalesce(${of('$pathname')}, ${of('$current_url')})` },
    screens: { event: "event = '$screen'", item: of('$screen_name') },
    events: { event: "left(event, 1) <> '$'", item: 'event' },
  } as const;
  const included = (['pages', 'screens', 'events'] as const).filter((kind) => query.include.includes(kind)).map((kind) => kinds[kind]);
  const cut = (item: string) => `CASE WHEN length(${item}) > 1 AND ends_with(${item}, '/') THEN left(${item}, length(${item}) - 1) ELSE ${item} END`;
  const grouped = query.groupings.map((one) => `WHEN regexp_full_match(page, ${text(one.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(String.raw`\*`, '.*'))}, 's') THEN ${text(one)}`);
  const left = query.exclude.map((one) => text(one.length > 1 && one.endsWith('/') ? one.slice(0, -1) : one));
  return [
    headline('Paths', `the ${String(query.edges)} most frequent edges of the first ${String(query.steps)} steps; 30 minutes without a step end a way`),
    'WITH done AS (',
    `  SELECT ${key} AS who${value === null ? '' : `, CAST(${value} AS VARCHAR) AS value`}, timestamp AS happened, CASE ${included.map(({ event, item }) => `WHEN ${event} THEN ${item}`).join(' ')} END AS page`,
    '  FROM events',
    `  WHERE ${all([...words.within(query.range), known, `(${included.map(({ event }) => event).join(' OR ')})`, ...query.filters.map(words.condition)], '  ')}`,
    '), cut AS (',
    `  SELECT who${own}, happened, ${cut('page')} AS page FROM done WHERE page <> ''`,
    '), items AS (',
    `  SELECT who${own}, happened, ${grouped.length > 0 ? `CASE ${grouped.join(' ')} ELSE page END` : 'page'} AS item FROM cut`,
    '), beside AS (',
    '  SELECT *, lag(item) OVER person AS previous, lag(happened) OVER person AS before',
    `  FROM items${left.length > 0 ? ` WHERE item NOT IN (${left.join(', ')})` : ''}`,
    `  WINDOW person AS (PARTITION BY who${own} ORDER BY happened, item)`,
    '), parted AS (',
    '  SELECT *, before IS NULL OR happened - before >= INTERVAL 30 MINUTE AS begins,',
    `    count(*) FILTER (WHERE before IS NULL OR happened - before >= INTERVAL 30 MINUTE) OVER (PARTITION BY who${own} ORDER BY happened, item ROWS UNBOUNDED PRECEDING) AS way`,
    '  FROM beside',
    '), steps AS (',
    `  SELECT who${own}, way, item, row_number() OVER one AS step, lag(item) OVER one AS came_from, epoch_us(happened) - epoch_us(before) AS micros`,
    '  FROM parted',
    '  WHERE begins OR item <> previous',
    `  WINDOW one AS (PARTITION BY who${own}, way ORDER BY happened, item)`,
    ')',
    `SELECT ${query.breakdown ? `value AS ${valueColumn(query.breakdown.property)}, ` : ''}step - 1 AS step, came_from AS source, item AS target, count(*) AS ways, avg(micros) / 1000000 AS mean_seconds`,
    'FROM steps',
    `WHERE step BETWEEN 2 AND ${String(query.steps)}`,
    `GROUP BY ${value === null ? 'ALL' : 'value, step, came_from, item'}`,
    ...(query.minimumCount > 1 ? [`HAVING count(*) >= ${String(query.minimumCount)}`] : []),
    ...(value === null ? [] : [`QUALIFY row_number() OVER (PARTITION BY value ORDER BY count(*) DESC, step - 1, came_from, item) <= ${String(query.edges)}`]),
    `ORDER BY ${value === null ? '' : '1, '}ways DESC, ${value === null ? '1, 2, 3' : '2, 3, 4'}`,
    ...(value === null ? [`LIMIT ${String(query.edges)}`] : []),
  ].join('\n');
}
