import type { RetentionPreview } from '../api/types';
import { formatDate, formatNumber, plural } from '../lib/format';
import { today } from '../lib/dates';

export const mostDays = 36_500;

/** What is offered, in days; 0 keeps events for ever. */
export const choices: readonly { days: number; label: string }[] = [
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 180, label: '180 days' },
  { days: 365, label: '365 days' },
  { days: 730, label: '2 years' },
  { days: 0, label: 'For ever' },
];

/** Days from a text field; null where it is no whole number from 1 to the most. */
export function parseDays(text: string): number | null {
  const trimmed = text.trim();
  if (!/^\d{1,6}$/.test(trimmed)) return null;
  const days = Number(trimmed);
  return days >= 1 && days <= mostDays ? days : null;
}

/** 512 bytes, 1.2 kB, 3.4 GB: decimal, as disks are sold. */
export function formatBytes(bytes: number, locale?: string): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }

  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${units[unit] ?? ''}`;
}

/** The first day that is kept, by the project's clock. */
export const firstKept = (preview: RetentionPreview, timeZone: string, locale?: string): string =>
  formatDate(today(timeZone, new Date(preview.before)), locale);

/** Frees 1.2 GB: 3,400,000 events before 12 May 2026. */
export function describeFreed(preview: RetentionPreview, timeZone: string, locale?: string): string {
  const before = firstKept(preview, timeZone, locale);
  if (preview.events === 0) return `Frees nothing now: no event is from before ${before}.`;
  const about = preview.bytesExact ? '' : 'about ';
  return `Frees ${about}${formatBytes(preview.bytes, locale)}: ${preview.eventsExact ? '' : 'about '}${plural(preview.events, 'event', 'events', locale)} before ${before}.`;
}

/** What is there now. */
export function describeStored(preview: RetentionPreview, timeZone: string, locale?: string): string {
  if (preview.oldestEvent === null) return 'No events are stored.';
  return `Stored now: ${formatNumber(preview.totalEvents, locale)} ${preview.totalEvents === 1 ? 'event' : 'events'} in ${formatBytes(preview.totalBytes, locale)}, the oldest of ${formatDate(today(timeZone, new Date(preview.oldestEvent)), locale)}.`;
}
