// Retention as the statement that asks the same of the project's relations. Pure.
import type { RetentionQuery } from '../../api/types';
import { quoteName, valueColumn } from '../../lib/sql';
import { all, eventsText, headline, intervalSql, type SqlWords } from '../shared/sql';

/** Of a period from a person's own start. */
const lengths = { minute: 'INTERVAL 1 MINUTE', hour: 'INTERVAL 1 HOUR', day: 'INTERVAL 24 HOUR', week: 'INTERVAL 168 HOUR', month: 'INTERVAL 720 HOUR' } as const;

/**
 * The statement whose rows are the cohorts (by the value of a breakdown): when they began, how many they are, and a column
 * for each interval or bracket after that with those who came back in it.
 */
export function retentionSql(query: RetentionQuery, words: SqlWords): string {
  const { interval, mode, cohortBy } = query;
  const { key, known } = words.who(query.unit);
  const filters = query.filters.map(words.condition);
  const begin = [...filters, ...words.meets(query.start)];
  const back = [...filters, ...words.meets(query.return), known];
  const rolling = mode === 'rolling';
  const first = cohortBy === 'recurring' ? []
    : [`(${key}, timestamp) IN (SELECT ${key}, min(timestamp) FROM events WHERE ${[known, ...(cohortBy === 'first_ever' ? words.meets({ event: query.start.event }) : begin)].join(' AND ')} GROUP BY ALL)`];
  const value = query.breakdown ? words.value(query.breakdown.property) : null;
  // At the same microsecond the first value in the order of text counts, and none last.
  const starts = [
    `  SELECT ${[`${key} AS who`, `${words.start(interval, words.local)} AS cohort`, 'min(timestamp) AS began', ...(value === null ? [] : [`arg_min_null(CAST(${value} AS VARCHAR), (timestamp, ${value} IS NULL, CAST(${value} AS VARCHAR))) AS value`])].join(', ')}`,
    '  FROM events',
    `  WHERE ${all([...words.within(query.range), known, ...begin, ...first], '  ')}`,
    '  GROUP BY who, cohort',
  ];
  const brackets = query.brackets.length > 0 ? query.brackets : Array.from({ length: query.intervals ?? 7 }, (_, index) => index + 1);
  const columns = brackets.map((to, index) => ({ from: (brackets[index - 1] ?? 0) + 1, to }));
  const length = lengths[interval];
  const returns = rolling
    ? [`  SELECT ${key} AS who, timestamp AS came FROM events WHERE ${back.join(' AND ')}`]
    : [`  SELECT ${key} AS who, ${words.start(interval, words.local)} AS came, count(*) AS times FROM events WHERE ${back.join(' AND ')} GROUP BY ALL`];
  const within = ({ from, to }: { from: number; to: number }) => (rolling
    ? `came >= began + ${String(from)} * ${length} AND came < began + ${String(to + 1)} * ${length}`
    : from === to ? `came = cohort + ${intervalSql(from, interval)}` : `came BETWEEN cohort + ${intervalSql(from, interval)} AND cohort + ${intervalSql(to, interval)}`);
  const name = ({ from, to }: { from: number; to: number }) => quoteName(`${interval} ${from === to ? String(to) : `${String(from)} to ${String(to)}`}`);
  const times = columns.map((one, index) => `${rolling ? 'count(came)' : 'sum(times)'} FILTER (WHERE ${within(one)}) AS times_${String(index + 1)}`);
  return [
    headline('Retention', `${eventsText([query.start.event])}, then ${eventsText([query.return.event])}, by ${interval}`),
    'WITH starts AS (',
    ...starts,
    '), returns AS (',
    ...returns,
    '), persons_in_cohorts AS (',
    `  SELECT ${['cohort', 'who', ...(value === null ? [] : ['value']), ...times].join(',\n    ')}`,
    '  FROM starts LEFT JOIN returns USING (who)',
    '  GROUP BY ALL',
    ')',
    `SELECT ${['cohort', ...(query.breakdown ? [`value AS ${valueColumn(query.breakdown.property)}`] : []), 'count(*) AS persons',
      ...columns.map((one, index) => `count(*) FILTER (WHERE times_${String(index + 1)} >= ${String(query.minimumReturns)}) AS ${name(one)}`)].join(',\n  ')}`,
    'FROM persons_in_cohorts',
    'GROUP BY ALL',
    'ORDER BY cohort',
  ].join('\n');
}
