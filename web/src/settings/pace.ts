// How fast an import is, and how long it takes still. Pure.
import type { ImportDetails } from '../api/types';
import { formatNumber } from '../lib/format';

/** An import as it was at a time, in milliseconds. */
export interface Sample {
  at: number;
  bytes: number;
  rows: number;
}

const window = 10_000;
const leastSpan = 1_000;

/** The samples of the last seconds, with a new one; those of another import, which had read more, are dropped. */
export function addSample(samples: readonly Sample[], { bytes, rows }: Pick<ImportDetails, 'bytes' | 'rows'>, at: number): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && (bytes < last.bytes || rows < last.rows)) return [{ at, bytes, rows }];
  return [...samples.filter((one) => at - one.at <= window), { at, bytes, rows }];
}

export interface Pace {
  rowsPerSecond: number;
  /** Null where the file's length is not known, or nothing moves. */
  secondsLeft: number | null;
}

/** Null until there is enough to go by. */
export function paceOf(samples: readonly Sample[], totalBytes: number | null): Pace | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < leastSpan) return null;
  const seconds = (last.at - first.at) / 1000;
  const bytesPerSecond = (last.bytes - first.bytes) / seconds;
  return {
    rowsPerSecond: Math.round((last.rows - first.rows) / seconds),
    secondsLeft: totalBytes === null || bytesPerSecond <= 0 ? null : Math.max(0, totalBytes - last.bytes) / bytesPerSecond,
  };
}

/** From 0 to 1; null where the file's length is not known. */
export function fractionOf({ bytes, totalBytes }: Pick<ImportDetails, 'bytes' | 'totalBytes'>): number | null {
  return totalBytes === null || totalBytes === 0 ? null : Math.min(1, bytes / totalBytes);
}

/** About 40 seconds left: rounded, so that it does not flicker. */
export function describeLeft(seconds: number, locale?: string): string {
  if (seconds < 5) return 'a few seconds left';
  if (seconds < 55) return `about ${formatNumber(Math.ceil(seconds / 5) * 5, locale)} seconds left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return minutes <= 1 ? 'about a minute left' : `about ${formatNumber(minutes, locale)} minutes left`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? 'about an hour left' : `about ${formatNumber(hours, locale)} hours left`;
}

/** What a screen reader is told: tenths, so that it is told of seldom. */
export function spoken(fraction: number | null): string {
  if (fraction === null) return 'Importing';
  const tenths = Math.floor(fraction * 10);
  return tenths === 0 ? 'Import begun' : `${String(tenths * 10)} % imported`;
}
