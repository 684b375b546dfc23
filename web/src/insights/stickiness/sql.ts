// Stickiness as the statement that asks the same of the project's relations. Pure.
import type { StickinessQuery } from '../../api/types';
import { valueColumn } from '../../lib/sql';
import { all, eventsText, headline, text, type SqlWords } from '../shared/sql';

/** The statement whose rows are numbers of intervals, of each series (and each value of a breakdown), with the persons active in so many, or in so many and more. */
export function stickinessSql(query: StickinessQuery, words: SqlWords): string {
  const { interval, cumulative } = query;
  const { key, known } = words.who(query.unit);
  const value = query.breakdown ? words.value(query.breakdown.property) : null;
  const own = value === null ? '' : ', value';
  const series = query.series.map((one, index) => [
    `  SELECT ${String(index + 1)} AS place, ${text(eventsText([one.event]))} AS series, ${key} AS who, ${value === null ? '' : `CAST(${value} AS VARCHAR) AS value, `}count(DISTINCT ${words.start(interval, words.local)}) AS intervals`,
    '  FROM events',
    `  WHERE ${all([...words.within(query.range), known, ...query.filters.map(words.condition), ...words.meets(one)], '  ')}`,
    `  GROUP BY who${own}`,
  ].join('\n'));
  return [
    headline('Stickiness', `${eventsText(query.series.map((one) => one.event))}, by ${interval}`),
    `WITH active AS (\n${series.join('\n  UNION ALL\n')}\n)`,
    `SELECT series, ${query.breakdown ? `value AS ${valueColumn(query.breakdown.property)}, ` : ''}intervals AS ${interval}s, ${cumulative ? `sum(count(*)) OVER (PARTITION BY place${own} ORDER BY intervals DESC)` : 'count(*)'} AS persons`,
    'FROM active',
    `GROUP BY place, series${own}, intervals`,
    `ORDER BY place${own}, intervals`,
  ].join('\n');
}
