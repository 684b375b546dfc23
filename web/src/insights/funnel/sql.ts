// A funnel as the statement that asks the same of the project's relations. Pure.
import type { FunnelQuery } from '../../api/types';
import { quoteName, valueColumn } from '../../lib/sql';
import { all, eventsText, headline, intervalSql, Unsayable, type SqlWords } from '../shared/sql';

/**
 * The statement whose columns are the steps with the persons who came as far, and rows the values of a breakdown; of the
 * conversion over time, the rows are buckets. A person's events are walked once in the order of time: at each that is a
 * step stands when the latest chain began that has come so far, for it is the one with the most time left. No event is two steps of a chain.
 */
export function funnelSql(query: FunnelQuery, words: SqlWords): string {
  if (query.order === 'any') throw new Unsayable('Steps in whichever order have no plain SQL.');
  if (query.exclusions.length > 0) throw new Unsayable('Exclusions between steps have no plain SQL.');
  if (query.steps.some((one) => one.optional)) throw new Unsayable('Optional steps have no plain SQL.');
  if (query.view === 'time_to_convert') throw new Unsayable('Times to convert have no plain SQL. The steps have.');
  if (query.breakdown?.attribution === 'step') throw new Unsayable('A breakdown by the value at one step has no plain SQL. By the first or last touch it has.');
  if (query.breakdown && query.view === 'over_time') throw new Unsayable('Conversion over time by a breakdown has no plain SQL.');
  if (query.order === 'strict' && query.view === 'over_time') throw new Unsayable('Conversion over time of steps right after each other has no plain SQL. The steps have.');
  const { order, window, view } = query;
  const title = headline('Funnel', `${eventsText(query.steps.map((one) => one.event))}, ${order === 'strict' ? 'one right after the other' : 'in this order'} within ${String(window.count)} ${window.unit}${window.count === 1 ? '' : 's'} of the first`);
  return [title, ...(view === 'over_time' ? overTime(query, words) : steps(query, words))].join('\n');
}

function lengthOf({ window }: FunnelQuery): string {
  // A day of a window is 24 hours, whatever the clocks do.
  return intervalSql(window.count, window.unit);
}

/** What a person did, in the order in which it is walked: at the same microsecond, in that of the steps. */
function taken(query: FunnelQuery, words: SqlWords): string {
  const { key, known } = words.who(query.unit);
  const conditions = query.steps.map((one) => all(words.meets(one)).replaceAll(/\s+/g, ' '));
  const numbers = query.steps.map((_, index) => String(index + 1));
  const value = query.breakdown ? [`${words.value(query.breakdown.property)} AS value`] : [];
  const flags = conditions.map((condition, index) => `coalesce(${condition}, false) AS is_${numbers[index] ?? ''}`);
  const rest = query.order === 'strict' ? [] : [`(${conditions.map((one) => (conditions.length > 1 && one.includes(' AND ') ? `(${one})` : one)).join(' OR ')})`];
  return [
    'steps AS (',
    `  SELECT ${[`${key} AS who`, 'timestamp AS happened', 'uuid', ...value, ...flags].join(',\n    ')}`,
    '  FROM events',
    `  WHERE ${all([...words.within(query.range), ...query.filters.map(words.condition), known, ...rest], '  ')}`,
    '), walked AS (',
    `  SELECT *, row_number() OVER (PARTITION BY who ORDER BY happened, ${caseOf(numbers)}, ${caseOf([...numbers].reverse())}, uuid) AS place FROM steps`,
    ')',
  ].join('\n');
}

function caseOf(numbers: readonly string[]): string {
  return `CASE ${numbers.map((one) => `WHEN is_${one} THEN ${one}`).join(' ')} END`;
}

function steps(query: FunnelQuery, words: SqlWords): string[] {
  const own = query.breakdown?.attribution === 'all_events';
  const people = own ? 'PARTITION BY who, value' : 'PARTITION BY who';
  const reached = query.steps.map((_, index) => {
    const step = String(index + 1);
    if (index === 0) return 'reached_1 AS (\n  SELECT *, CASE WHEN is_1 THEN happened END AS began_1 FROM walked\n)';
    const before = `began_${String(index)}`;
    if (query.order === 'strict') {
      // What follows must be the next step, or the step that was taken last once more.
      return [
        `next_${step} AS (`,
        `  SELECT *, CASE WHEN is_${step} AND happened <= lag(${before}) OVER earlier + ${lengthOf(query)} THEN lag(${before}) OVER earlier END AS next_${step},`,
        `    count(*) FILTER (WHERE NOT is_${step}) OVER earlier AS run_${step}`,
        `  FROM reached_${String(index)}`,
        `  WINDOW earlier AS (${people} ORDER BY place)`,
        `), reached_${step} AS (`,
        `  SELECT *, CASE WHEN is_${step} THEN max(next_${step}) OVER (${people}, run_${step} ORDER BY place) END AS began_${step} FROM next_${step}`,
        ')',
      ].join('\n');
    }

    return [
      `reached_${step} AS (`,
      `  SELECT *, CASE WHEN is_${step} AND happened <= max(${before}) OVER earlier + ${lengthOf(query)} THEN max(${before}) OVER earlier END AS began_${step}`,
      `  FROM reached_${String(index)}`,
      `  WINDOW earlier AS (${people} ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`,
      ')',
    ].join('\n');
  });
  const last = `reached_${String(query.steps.length)}`;
  const names = query.steps.map((one, index) => quoteName(`${String(index + 1)}. ${one.name ?? eventsText([one.event])}`));
  const counts = (of: string) => query.steps.map((_, index) => `count(DISTINCT who) FILTER (WHERE ${of}_${String(index + 1)} IS NOT NULL) AS ${names[index] ?? ''}`);
  const parts = `WITH ${[taken(query, words), ...reached].join(', ')}`;
  if (!query.breakdown) return [parts, `SELECT ${counts('began').join(',\n  ')}`, `FROM ${last}`];

  const value = valueColumn(query.breakdown.property);
  if (own) return [parts, `SELECT ${[`value AS ${value}`, ...counts('began')].join(',\n  ')}`, `FROM ${last}`, 'GROUP BY ALL', 'HAVING count(began_1) > 0', 'ORDER BY 2 DESC, 1'];
  const touch = query.breakdown.attribution === 'last_touch' ? 'arg_max' : 'arg_min';
  const isStep = query.steps.map((_, index) => `is_${String(index + 1)}`).join(' OR ');
  return [
    `${parts}, persons_by_value AS (`,
    `  SELECT who, ${touch}(value, place) FILTER (WHERE value IS NOT NULL AND (${isStep})) AS value,`,
    `    ${query.steps.map((_, index) => `max(began_${String(index + 1)}) AS began_${String(index + 1)}`).join(', ')}`,
    `  FROM ${last} GROUP BY who`,
    ')',
    `SELECT ${[`value AS ${value}`, ...counts('began')].join(',\n  ')}`,
    'FROM persons_by_value',
    'WHERE began_1 IS NOT NULL',
    'GROUP BY ALL',
    'ORDER BY 2 DESC, 1',
  ];
}

/** Walked from the end: at each event that is a step stands when the rest of the steps is done at the soonest. */
function overTime(query: FunnelQuery, words: SqlWords): string[] {
  const count = query.steps.length;
  const done = query.steps.map((_, index) => {
    const step = String(count - index);
    if (index === 0) return `from_${step} AS (\n  SELECT *, CASE WHEN is_${step} THEN happened END AS done_${step} FROM walked\n)`;
    const after = `done_${String(count - index + 1)}`;
    return [
      `from_${step} AS (`,
      `  SELECT *, CASE WHEN is_${step} THEN min(${after}) OVER later END AS done_${step}`,
      `  FROM from_${String(count - index + 1)}`,
      '  WINDOW later AS (PARTITION BY who ORDER BY place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)',
      ')',
    ].join('\n');
  });
  return [
    `WITH ${[taken(query, words), ...done].join(', ')}`,
    `SELECT ${words.start(query.interval, words.localOf('happened'))} AS ${query.interval},`,
    '  count(DISTINCT who) AS began,',
    `  count(DISTINCT who) FILTER (WHERE done_1 <= happened + ${lengthOf(query)}) AS converted`,
    'FROM from_1',
    'WHERE is_1',
    'GROUP BY ALL',
    'ORDER BY 1',
  ];
}
