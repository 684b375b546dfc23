// A range of time as a view holds it and as it stands in an address. Pure; what makes no sense falls back to the default.
import type { Interval, QueryRange } from '../api/types';
import { addDays, daysBetween, isDate, today } from '../lib/dates';

export const intervals: readonly Interval[] = ['minute', 'hour', 'day', 'week', 'month'];

export const presets = [
  { preset: '60min', label: 'Last 60 minutes', last: 60, unit: 'minute' },
  { preset: '24h', label: 'Last 24 hours', last: 24, unit: 'hour' },
  { preset: 'today', label: 'Today', last: 1, unit: 'day' },
  { preset: 'yesterday', label: 'Yesterday', last: null, unit: 'day' },
  { preset: '7d', label: 'Last 7 days', last: 7, unit: 'day' },
  { preset: '30d', label: 'Last 30 days', last: 30, unit: 'day' },
  { preset: '90d', label: 'Last 90 days', last: 90, unit: 'day' },
  { preset: 'month', label: 'This month', last: 1, unit: 'month' },
  { preset: '12m', label: 'Last 12 months', last: 12, unit: 'month' },
] as const satisfies readonly { preset: string; label: string; last: number | null; unit: Interval }[];

export type Preset = (typeof presets)[number]['preset'];

export type Range = { preset: Preset } | { from: string; to: string };

const defaultPreset: Preset = '7d';

export const defaultRange: Range = { preset: defaultPreset };

/** The days a range spans, roughly: what decides which intervals make a readable chart. */
export function rangeDays(range: Range): number {
  if ('from' in range) return daysBetween(range.from, range.to);
  const days: Record<Preset, number> = {
    '60min': 1 / 24, '24h': 1, today: 1, yesterday: 1, '7d': 7, '30d': 30, '90d': 90, month: 31, '12m': 365,
  };
  return days[range.preset];
}

/** Intervals with no more than about 1,500 points and, where it can be, more than one. */
export function intervalsFor(range: Range): Interval[] {
  const days = rangeDays(range);
  if (days < 1) return ['minute', 'hour'];
  const points: Record<Interval, number> = {
    minute: days * 1440, hour: days * 24, day: days, week: days / 7, month: days / 28,
  };
  return intervals.filter((one) => points[one] <= 1500 && (points[one] >= 1 || one === 'day'));
}

/** The interval with which a range is first shown. */
export function defaultInterval(range: Range): Interval {
  const days = rangeDays(range);
  if (days < 1) return 'minute';
  if (days <= 2) return 'hour';
  if (days <= 92) return 'day';
  return days <= 366 ? 'week' : 'month';
}

export function toQueryRange(range: Range, timeZone: string, now: Date): QueryRange {
  if ('from' in range) return { from: range.from, to: range.to };
  const preset = presets.find((one) => one.preset === range.preset);
  if (!preset || preset.last === null) {
    const yesterday = addDays(today(timeZone, now), -1);
    return { from: yesterday, to: yesterday };
  }

  return { last: preset.last, unit: preset.unit };
}

/**
 * The range that a relative one was at an instant, so that points keep their numbers while time goes on. Weeks and months
 * stay relative: what is before them is so many weeks or months, not days.
 */
export function pinned(range: QueryRange, timeZone: string, at: Date): QueryRange {
  if (!('last' in range)) return range;
  const { last, unit } = range;
  if (unit === 'day') {
    const day = today(timeZone, at);
    return { from: addDays(day, 1 - last), to: day };
  }

  if (unit === 'week' || unit === 'month') return range;
  const width = unit === 'minute' ? 60_000 : 3_600_000;
  const minute = Math.floor(at.getTime() / 60_000) * 60_000;
  // Not every zone's hours begin when those of UTC do.
  const present = unit === 'minute' ? minute : minute - minuteOfHour(timeZone, minute) * 60_000;
  return { from: new Date(present - (last - 1) * width).toISOString(), to: new Date(present + width).toISOString() };
}

function minuteOfHour(timeZone: string, instant: number): number {
  return Number(new Intl.DateTimeFormat('en', { timeZone, minute: 'numeric' }).format(instant));
}

/** The days of a stretch of buckets, both included; no later than the present one. */
export function daysOf(buckets: readonly string[], interval: Interval, from: number, to: number, timeZone: string, now: Date): { from: string; to: string } | null {
  const [first, last, after] = [buckets[from], buckets[to], buckets[to + 1]];
  if (first === undefined || last === undefined) return null;
  const day = (instant: number) => today(timeZone, new Date(instant));
  const end = after === undefined ? lastDay(day(Date.parse(last)), interval) : day(Date.parse(after) - 1);
  const present = today(timeZone, now);
  return { from: day(Date.parse(first)), to: end > present ? present : end };
}

/** Of a bucket that begins on a day. */
function lastDay(first: string, interval: Interval): string {
  if (interval === 'month') return new Date(Date.UTC(Number(first.slice(0, 4)), Number(first.slice(5, 7)), 0)).toISOString().slice(0, 10);
  return interval === 'week' ? addDays(first, 6) : first;
}

export function rangeLabel(range: Range, date: (date: string) => string): string {
  if ('from' in range) return range.from === range.to ? date(range.from) : `${date(range.from)} – ${date(range.to)}`;
  return presets.find((one) => one.preset === range.preset)?.label ?? '';
}

export function parseRange(text: string | null): Range {
  const preset = presets.find((one) => one.preset === text);
  if (preset) return { preset: preset.preset };
  const [from, to, ...more] = (text ?? '').split('..');
  if (from !== undefined && to !== undefined && more.length === 0 && isDate(from) && isDate(to) && from <= to) {
    return { from, to };
  }

  return defaultRange;
}

/** As it stands in an address; null for the default, which needs no saying. */
export function formatRange(range: Range): string | null {
  if ('from' in range) return `${range.from}..${range.to}`;
  return range.preset === defaultPreset ? null : range.preset;
}
