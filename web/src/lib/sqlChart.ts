// From the rows of a statement to a picture of them, where there is one. Pure.
import type { Interval, SqlResult } from '../api/types';
import { colorOf, type ChartData } from '../charts/series';
import { cell, isNumeric } from './sql';

export type SqlPicture =
  | { kind: 'time'; data: ChartData }
  /** Rows by their first text, each with the first number. */
  | { kind: 'ranking'; name: string; value: string; rows: { label: string; value: number }[] };

const mostSeries = 12;
const mostRows = 50;

/**
 * Numbers over time where there is a column of dates or times: a line for each column of numbers, or for each value of a
 * column of texts beside it. Numbers of texts are a ranking. Null where the rows have no numbers, or nothing beside them.
 */
export function pictureOf(result: SqlResult): SqlPicture | null {
  const numbers = result.columns.flatMap((one, index) => (isNumeric(one) ? [index] : []));
  const times = result.columns.flatMap((one, index) => (/^(DATE|TIMESTAMP)/.test(one.type) ? [index] : []));
  const texts = result.columns.flatMap((one, index) => (one.type === 'VARCHAR' || one.type === 'BOOLEAN' ? [index] : []));
  const [number] = numbers;
  if (number === undefined || result.rows.length === 0) return null;
  const [time] = times;
  if (time !== undefined) return overTime(result, time, texts[0] ?? null, numbers);
  const [text] = texts;
  if (text === undefined) return null;
  return {
    kind: 'ranking',
    name: nameOf(result, text),
    value: nameOf(result, number),
    rows: result.rows.map((row) => ({ label: cell(row[text] ?? null).text, value: asNumber(row[number]) ?? 0 })).sort((a, b) => b.value - a.value).slice(0, mostRows),
  };
}

function overTime(result: SqlResult, time: number, text: number | null, numbers: readonly number[]): SqlPicture | null {
  // Times without a zone are in UTC.
  const instant = (row: SqlResult['rows'][number]) => {
    const value = row[time];
    return typeof value === 'string' ? Date.parse(/[Z+]|T.*-/.test(value) ? value : value.includes('T') ? `${value}Z` : `${value}T00:00:00Z`) : Number.NaN;
  };
  const instants = [...new Set(result.rows.map(instant).filter((one) => !Number.isNaN(one)))].sort((a, b) => a - b);
  if (instants.length < 2) return null;
  const lines = new Map<string, { label: string; values: (number | null)[] }>();
  const place = new Map(instants.map((one, index) => [one, index]));
  for (const row of result.rows) {
    const at = place.get(instant(row));
    if (at === undefined) continue;
    // A text beside the time tells its rows apart; then only the first number is drawn.
    for (const column of text === null ? numbers : numbers.slice(0, 1)) {
      const label = text === null ? nameOf(result, column) : cell(row[text] ?? null).text;
      const key = text === null ? String(column) : label;
      let line = lines.get(key);
      if (!line) lines.set(key, (line = { label, values: instants.map(() => null) }));
      line.values[at] = (line.values[at] ?? 0) + (asNumber(row[column]) ?? 0);
    }
  }

  const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, one) => total + (one ?? 0), 0);
  const shown = [...lines].sort(([, a], [, b]) => (text === null ? 0 : sum(b.values) - sum(a.values))).slice(0, mostSeries);
  return {
    kind: 'time',
    data: {
      series: shown.map(([key, { label, values }], index) => ({ key, label, color: colorOf(index), values, total: sum(values), compare: null, hidden: false })),
      buckets: instants.map((one) => new Date(one).toISOString()),
      compareBuckets: [],
      interval: intervalOf(instants),
      timeZone: 'UTC',
      additive: text !== null,
      unit: 'number',
    },
  };
}

const minute = 60_000;

/** The interval that all of the times are starts of. */
function intervalOf(instants: readonly number[]): Interval {
  const every = (step: number) => instants.every((one) => one % step === 0);
  if (!every(60 * minute)) return 'minute';
  if (!every(24 * 60 * minute)) return 'hour';
  return instants.every((one) => new Date(one).getUTCDate() === 1) ? 'month' : 'day';
}

function nameOf(result: SqlResult, index: number): string {
  return result.columns[index]?.name ?? '';
}

/** Integers that are too large for a number of JSON come as texts. */
function asNumber(value: unknown): number | null {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
