// A trend as the statement that asks the same of the project's relations. Pure.
import type { TrendsQuery } from '../../api/types';
import { quoteName, valueColumn } from '../../lib/sql';
import { all, eventsText, headline, intervalSql, only, Unsayable, type SqlWords } from '../shared/sql';
import { seriesNames } from './chart';
import { formulaSql } from './formula';

type Series = TrendsQuery['series'][number];

const percentiles: Partial<Record<Series['math'], string>> = { median: '0.5', p90: '0.9', p95: '0.95', p99: '0.99' };
const aggregates: Partial<Record<Series['math'], string>> = { sum: 'sum', average: 'avg', min: 'min', max: 'max' };
const counts: readonly Series['math'][] = ['total', 'unique_persons', 'unique_sessions', 'weekly_active', 'monthly_active', 'first_time', 'first_matching'];
const rolling: Partial<Record<Series['math'], number>> = { weekly_active: 7, monthly_active: 30 };

/**
 * The statement whose rows are the points of a trend: a column for each series and formula, a row for each bucket (in
 * which something happened, where nothing goes on from one point to the next) and value of the breakdown, of which it has all.
 */
export function trendsSql(query: TrendsQuery, words: SqlWords): string {
  const formulas = query.formulas ?? [];
  const plain = formulas.length === 0 && !query.cumulative && !query.smoothing && query.series.every((one) => !one.perPerson && !rolling[one.math] && !isFirst(one));
  const title = headline('Trends', `${eventsText(query.series.map((one) => one.event))}, by ${query.interval}`);
  return [title, ...(plain ? together(query, words) : apart(query, words))].join('\n');
}

function isFirst({ math }: Series): boolean {
  return math === 'first_time' || math === 'first_matching';
}

/** Of nothing a number is 0 or none. */
function isCount({ math, perPerson }: Series): boolean {
  return !perPerson && (counts.includes(math) || math === 'sum');
}

function columnNames(query: TrendsQuery): string[] {
  return seriesNames(query).map((name, index) => quoteName(name || `series ${String(index + 1)}`));
}

function valueName(query: TrendsQuery): string | null {
  return query.breakdown ? valueColumn(query.breakdown.property) : null;
}

/** All series in one pass. */
function together(query: TrendsQuery, words: SqlWords): string[] {
  const single = query.series.length === 1 ? query.series[0] : undefined;
  const names = columnNames(query);
  const { known } = words.who(query.unit);
  const numbers = query.series.map((one, index) => {
    const asked = [...(single ? [] : words.meets(one)), ...(one.math === 'unique_persons' ? [known] : [])];
    return `${aggregate(one, query, words)}${only(asked)} AS ${names[index] ?? ''}`;
  });
  const value = query.breakdown ? [`${words.value(query.breakdown.property)} AS ${valueName(query) ?? ''}`] : [];
  const conditions = [...words.within(query.range), ...query.filters.map(words.condition), ...(single ? words.meets(single) : [])];
  return [
    `SELECT ${[`${words.start(query.interval, words.local)} AS ${query.interval}`, ...value, ...numbers].join(',\n  ')}`,
    'FROM events',
    `WHERE ${all(conditions)}`,
    'GROUP BY ALL',
    'ORDER BY 1',
  ];
}

function aggregate(one: Series, query: TrendsQuery, words: SqlWords): string {
  if (one.math === 'total') return 'count(*)';
  if (one.math === 'unique_persons') return `count(DISTINCT ${words.who(query.unit).key})`;
  if (one.math === 'unique_sessions') return 'count(DISTINCT session_id)';
  return ofNumbers(one, words.number(one.property ?? ''));
}

function ofNumbers(one: Series, number: string): string {
  const [name, fraction] = [aggregates[one.math], percentiles[one.math]];
  if (name !== undefined) return `${name}(${number})`;
  if (fraction !== undefined) return `quantile_cont(${number}, ${fraction})`;
  throw new Unsayable('One of the series has no plain SQL.');
}

/** Each series by itself, then all of them for every bucket, so that a point can be made of those before it and of other series. */
function apart(query: TrendsQuery, words: SqlWords): string[] {
  const { interval } = query;
  const [from, to] = words.bounds(query.range);
  const letters = query.series.map((_, index) => String.fromCharCode(97 + index));
  const split = query.breakdown !== null;
  const names = columnNames(query);
  const buckets = `SELECT unnest(generate_series(${words.start(interval, from)}, ${to} - INTERVAL 1 MICROSECOND, ${intervalSql(1, interval)})) AS bucket`;
  const parts = [
    query.series.some((one) => rolling[one.math]) ? `buckets AS (\n  SELECT bucket, least(bucket + ${intervalSql(1, interval)}, ${to}) AS bucket_end\n  FROM (${buckets})\n)` : `buckets AS (\n  ${buckets}\n)`,
    ...query.series.map((one, index) => `series_${letters[index] ?? ''} AS (\n  ${seriesSql(one, query, words, from, to).join('\n  ')}\n)`),
  ];
  if (split) parts.push(`split AS (\n  ${letters.map((letter) => `SELECT ${letters.length === 1 ? 'DISTINCT ' : ''}value FROM series_${letter}`).join('\n  UNION\n  ')}\n)`);
  const found = query.series.flatMap((one, index) => {
    const letter = letters[index] ?? '';
    const number = isCount(one) ? `coalesce(series_${letter}.number, 0)` : `series_${letter}.number`;
    return [`${number} AS ${letter}`, ...(isMean(one, query) ? [`series_${letter}.numbers AS ${letter}_of`] : [])];
  });
  parts.push([
    `points AS (\n  SELECT ${['buckets.bucket', ...(split ? ['split.value'] : []), ...found].join(', ')}`,
    `  FROM buckets${split ? ' CROSS JOIN split' : ''}`,
    ...letters.map((letter) => `  LEFT JOIN series_${letter} ON series_${letter}.bucket = buckets.bucket${split ? ` AND series_${letter}.value IS NOT DISTINCT FROM split.value` : ''}`),
    ')',
  ].join('\n'));
  const shown = query.series.map((one, index) => shownSql(one, query, letters[index] ?? ''));
  const moves = shown.some((sql, index) => sql !== letters[index]);
  if (moves) {
    parts.push(`shown AS (\n  SELECT ${['bucket', ...(split ? ['value'] : []), ...shown.map((sql, index) => (sql === letters[index] ? sql : `${sql} AS ${letters[index] ?? ''}`))].join(', ')}\n  FROM points\n  WINDOW so_far AS (${split ? 'PARTITION BY value ' : ''}ORDER BY bucket)${query.smoothing ? `,\n    latest AS (${split ? 'PARTITION BY value ' : ''}ORDER BY bucket ROWS BETWEEN ${String(query.smoothing - 1)} PRECEDING AND CURRENT ROW)` : ''}\n)`);
  }

  const hidden = (one: Series) => 'hidden' in one && one.hidden === true;
  const columns = [
    ...query.series.flatMap((one, index) => (hidden(one) ? [] : [`${letters[index] ?? ''} AS ${names[index] ?? ''}`])),
    ...(query.formulas ?? []).map((one) => `${formulaSql(one.expression, letters)} AS ${quoteName(one.name ?? one.expression)}`),
  ];
  return [
    `WITH ${parts.join(', ')}`,
    `SELECT ${[`bucket AS ${interval}`, ...(split ? [`value AS ${valueName(query) ?? ''}`] : []), ...columns].join(',\n  ')}`,
    `FROM ${moves ? 'shown' : 'points'}`,
    `ORDER BY bucket${split ? ', value' : ''}`,
  ];
}

/** An average so far is of everything so far, not of averages. */
function isMean(one: Series, query: TrendsQuery): boolean {
  return query.cumulative === true && one.math === 'average' && !one.perPerson;
}

/** Bucket, value of the breakdown where there is one, and number. */
function seriesSql(one: Series, query: TrendsQuery, words: SqlWords, from: string, to: string): string[] {
  const { key, known } = words.who(query.unit);
  const bucket = `${words.start(query.interval, words.local)} AS bucket`;
  const value = query.breakdown ? [`${words.value(query.breakdown.property)} AS value`] : [];
  const meets = [...query.filters.map(words.condition), ...words.meets(one)];
  const counted = [...words.within(query.range), ...meets];
  const outer = `SELECT bucket${query.breakdown ? ', value' : ''}`;
  const days = rolling[one.math];
  if (days !== undefined) {
    // Whole days are enough to tell who is of them, and are fewer than events.
    const whole = query.interval !== 'minute' && query.interval !== 'hour' && !('from' in query.range && query.range.from.includes('T')) && !('last' in query.range && ['minute', 'hour'].includes(query.range.unit));
    const at = whole ? words.start('day', words.local) : words.local;
    return [
      `${outer}, count(DISTINCT who) AS number`,
      'FROM buckets JOIN (',
      `  SELECT DISTINCT ${[`${at} AS active`, ...value, `${key} AS who`].join(', ')} FROM events`,
      `  WHERE ${all([`${words.local} >= ${from} - ${intervalSql(days, 'day')}`, `${words.local} < ${to}`, known, ...meets], '    ')}`,
      `) ON active < bucket_end AND active >= bucket_end - ${intervalSql(days, 'day')}`,
      'GROUP BY ALL',
    ];
  }

  if (isFirst(one)) {
    const which = one.math === 'first_matching' ? meets : words.meets({ event: one.event });
    return [
      `${outer}, count(*) AS number FROM (`,
      `  SELECT ${[bucket, `${key} AS who`, ...(query.breakdown ? [`min(${words.value(query.breakdown.property)}) AS value`] : [])].join(', ')} FROM events`,
      `  WHERE ${all([...counted, known, `(${key}, timestamp) IN (SELECT ${key}, min(timestamp) FROM events WHERE ${[known, ...which].join(' AND ')} GROUP BY ALL)`], '    ')}`,
      '  GROUP BY ALL',
      ') GROUP BY ALL',
    ];
  }

  if (one.perPerson) {
    const number = one.property === null ? 'count(*)' : `sum(${words.number(one.property)})`;
    const has = one.property === null ? [] : [`${words.number(one.property)} IS NOT NULL`];
    return [
      `${outer}, ${ofNumbers(one, 'each')} AS number FROM (`,
      `  SELECT ${[bucket, ...value, `${key} AS who`, `${number} AS each`].join(', ')} FROM events`,
      `  WHERE ${all([...counted, known, ...has], '    ')}`,
      '  GROUP BY ALL',
      ') GROUP BY ALL',
    ];
  }

  const unique = one.math === 'unique_persons' ? key : one.math === 'unique_sessions' ? 'session_id' : null;
  if (query.cumulative && unique !== null) {
    // Who was there before is not counted again: each at its first time.
    return [
      `${outer}, count(*) AS number FROM (`,
      `  SELECT ${[`min(${words.start(query.interval, words.local)}) AS bucket`, ...value, `${unique} AS who`].join(', ')} FROM events`,
      `  WHERE ${all([...counted, one.math === 'unique_persons' ? known : 'session_id IS NOT NULL'], '    ')}`,
      '  GROUP BY ALL',
      ') GROUP BY ALL',
    ];
  }

  if (query.cumulative && !isCount(one) && !['average', 'min', 'max'].includes(one.math)) throw new Unsayable('Percentiles have no cumulative points.');
  const number = isMean(one, query) ? `sum(${words.number(one.property ?? '')}) AS number, count(${words.number(one.property ?? '')}) AS numbers` : `${aggregate(one, query, words)} AS number`;
  return [
    `SELECT ${[bucket, ...value, number].join(', ')} FROM events`,
    `WHERE ${all([...counted, ...(one.math === 'unique_persons' ? [known] : [])], '  ')}`,
    'GROUP BY ALL',
  ];
}

function shownSql(one: Series, query: TrendsQuery, letter: string): string {
  if (query.smoothing) return `avg(${letter}) OVER latest`;
  if (!query.cumulative) return letter;
  if (isMean(one, query)) return `sum(${letter}) OVER so_far / nullif(sum(${letter}_of) OVER so_far, 0)`;
  return `${one.math === 'min' || one.math === 'max' ? one.math : 'sum'}(${letter}) OVER so_far`;
}
