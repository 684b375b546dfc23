// Shares and lengths of time for people.
import { noValue } from './format';

const formats = new Map<string, Intl.NumberFormat>();

function percent(value: number, least: number, locale: string | undefined): string {
  const key = `${String(least)}${locale ?? ''}`;
  let format = formats.get(key);
  if (!format) {
    formats.set(key, (format = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: least, maximumFractionDigits: 1 })));
  }

  return format.format(value);
}

/** 12.0% of a part from 0 to 1; of nothing 0%, of all 100%, and what is neither never looks as if it were. */
export function formatShare(value: number | null | undefined, locale?: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return noValue;
  if (value > 0 && value < 0.0005) return `<${percent(0.001, 1, locale)}`;
  if (value < 1 && value >= 0.9995) return `>${percent(0.999, 1, locale)}`;
  return percent(value, value === 0 || value === 1 ? 0 : 1, locale);
}

/** 20% or 2.5%, for axes. */
export function formatShareTick(value: number, locale?: string): string {
  return percent(value, 0, locale);
}

const units: readonly (readonly [seconds: number, name: string])[] = [[86_400, 'd'], [3_600, 'h'], [60, 'min'], [1, 's']];

/** "2 min 10 s", "3 d 4 h": the two largest units, rounded to the smaller. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return noValue;
  if (seconds < 1) return seconds === 0 ? '0 s' : '<1 s';
  const at = units.findIndex(([size], index) => rounded(seconds, units[index + 1]?.[0] ?? size) >= size);
  const [size, name] = units[at] ?? [1, 's'];
  const next = units[at + 1];
  const all = rounded(seconds, next?.[0] ?? size);
  const rest = next ? Math.round((all % size) / next[0]) : 0;
  return `${String(Math.floor(all / size))} ${name}${next && rest > 0 ? ` ${String(rest)} ${next[1]}` : ''}`;
}

function rounded(seconds: number, to: number): number {
  return Math.round(seconds / to) * to;
}
