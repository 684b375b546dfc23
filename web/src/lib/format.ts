// Numbers, times and names for people, in the reader's locale. Every function takes an optional locale for tests.
import type { Interval, JsonValue } from '../api/types';

/** For places without a value, an average of nothing for example. */
export const noValue = '–';

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numberFormat(locale: string | undefined, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${locale ?? ''}${JSON.stringify(options)}`;
  let format = cache.get(key) as Intl.NumberFormat | undefined;
  if (!format) cache.set(key, (format = new Intl.NumberFormat(locale, options)));
  return format;
}

function dateFormat(locale: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${locale ?? ''}${JSON.stringify(options)}`;
  let format = cache.get(key) as Intl.DateTimeFormat | undefined;
  if (!format) cache.set(key, (format = new Intl.DateTimeFormat(locale, options)));
  return format;
}

/** 1,234,567 or 12.35: whole numbers in full, others with three significant places at most two decimals. */
export function formatNumber(value: number | null | undefined, locale?: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return noValue;
  if (Number.isInteger(value)) return numberFormat(locale, { maximumFractionDigits: 0 }).format(value);
  return Math.abs(value) >= 1
    ? numberFormat(locale, { maximumFractionDigits: 2 }).format(value)
    : numberFormat(locale, { maximumSignificantDigits: 3 }).format(value);
}

/** 1.2M: for axes and tight places; the full number is to be had elsewhere. */
export function formatCompact(value: number | null | undefined, locale?: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return noValue;
  if (Math.abs(value) < 1000) return formatNumber(value, locale);
  return numberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** The change from one value to the next as a ratio; null where there is nothing to compare with. */
export function change(now: number | null, before: number | null): number | null {
  if (now === null || before === null || before === 0) return null;
  return (now - before) / Math.abs(before);
}

/** +12 % or −3.4 %; 32× where it is ten times as much and more. */
export function formatChange(ratio: number | null, locale?: string): string {
  if (ratio === null || !Number.isFinite(ratio)) return noValue;
  if (ratio >= 9) return `${numberFormat(locale, { maximumFractionDigits: 0 }).format(ratio + 1)}×`;
  const places = Math.abs(ratio) < 0.1 ? 1 : 0;
  return numberFormat(locale, {
    style: 'percent',
    signDisplay: 'exceptZero',
    maximumFractionDigits: places,
  }).format(ratio);
}

export function formatMilliseconds(value: number, locale?: string): string {
  return value < 1000
    ? `${numberFormat(locale, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} ms`
    : `${numberFormat(locale, { maximumFractionDigits: 1 }).format(value / 1000)} s`;
}

/** Seconds to days, one unit: "12 seconds ago", "now". */
export function formatAgo(instant: string | number, now: number, locale?: string): string {
  const seconds = Math.round((new Date(instant).getTime() - now) / 1000);
  if (!Number.isFinite(seconds)) return noValue;
  const key = `r${locale ?? ''}`;
  let format = relative.get(key);
  if (!format) relative.set(key, (format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })));
  const distance = Math.abs(seconds);
  if (distance < 60) return format.format(seconds, 'second');
  if (distance < 3600) return format.format(Math.trunc(seconds / 60), 'minute');
  if (distance < 86_400) return format.format(Math.trunc(seconds / 3600), 'hour');
  return format.format(Math.trunc(seconds / 86_400), 'day');
}

const relative = new Map<string, Intl.RelativeTimeFormat>();

/** 14:03:22, for streams of events. */
export function formatClock(instant: string, locale?: string, timeZone?: string): string {
  return dateFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', ...zone(timeZone) }).format(
    new Date(instant),
  );
}

/** 3 Nov, 14:03:22: for lists that span days. */
export function formatMoment(instant: string, locale?: string, timeZone?: string): string {
  return dateFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...zone(timeZone),
  }).format(new Date(instant));
}

/** With weekday, year, seconds and zone: for the details of one event. */
export function formatFull(instant: string, locale?: string, timeZone?: string): string {
  return dateFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
    ...zone(timeZone),
  }).format(new Date(instant));
}

/** A calendar date (2026-11-03), which has no time zone. */
export function formatDate(date: string, locale?: string): string {
  return dateFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  );
}

/** A calendar date with its weekday, as a heading. */
export function formatDay(date: string, locale?: string): string {
  return dateFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  );
}

/** The short name of a bucket, for the axis under a chart. */
export function formatBucket(instant: string, interval: Interval, timeZone: string, locale?: string): string {
  return dateFormat(locale, { ...bucketShort[interval], timeZone }).format(new Date(instant));
}

/** The whole name of a bucket, for tooltips, tables and screen readers. */
export function formatBucketLong(instant: string, interval: Interval, timeZone: string, locale?: string): string {
  const text = dateFormat(locale, { ...bucketLong[interval], timeZone }).format(new Date(instant));
  return interval === 'week' ? `Week of ${text}` : text;
}

const bucketShort: Record<Interval, Intl.DateTimeFormatOptions> = {
  minute: { hour: '2-digit', minute: '2-digit' },
  hour: { hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: 'numeric' },
};

const bucketLong: Record<Interval, Intl.DateTimeFormatOptions> = {
  minute: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  hour: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  day: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  week: { day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
};

function zone(timeZone: string | undefined): Intl.DateTimeFormatOptions {
  return timeZone ? { timeZone } : {};
}

const eventNames: Record<string, string> = {
  $pageview: 'Page view',
  $pageleave: 'Page leave',
  $autocapture: 'Autocapture',
  $identify: 'Identify',
  $create_alias: 'Alias',
  $groupidentify: 'Group identify',
  $screen: 'Screen',
  $set: 'Set person properties',
  $web_vitals: 'Web vitals',
  $rageclick: 'Rage click',
  $exception: 'Exception',
};

/** What people call an event; the SDKs' own names begin with a dollar sign. */
export function eventLabel(name: string | null): string {
  return name === null ? 'Any event' : (eventNames[name] ?? name);
}

const initialisms: Record<string, string> = {
  url: 'URL', os: 'OS', ip: 'IP', id: 'ID', utm: 'UTM', lib: 'library', geoip: 'GeoIP',
};

/** $current_url → Current URL. Only names that an SDK made; a team's own names stay as they wrote them. */
export function propertyLabel(name: string): string {
  if (name === 'event') return 'Event name';
  if (name === 'distinct_id') return 'Distinct ID';
  if (name === 'session_id') return 'Session ID';
  if (!name.startsWith('$') || name.length < 2) return name;
  const text = name
    .slice(1)
    .split('_')
    .map((word) => initialisms[word] ?? word)
    .join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function formatJson(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** "one event", "2 events": English has two forms. */
export function plural(count: number, one: string, many = `${one}s`, locale?: string): string {
  return `${formatNumber(count, locale)} ${count === 1 ? one : many}`;
}
