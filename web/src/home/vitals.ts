// What measurements of pages mean, by the thresholds of web.dev (75th percentile). Pure.
import { formatMilliseconds, formatNumber, noValue } from '../lib/format';
import type { WebVitals } from '../api/types';

export type VitalKey = keyof WebVitals['overall'];
export type Rating = 'good' | 'fair' | 'poor';

export const vitals: readonly { key: VitalKey; short: string; name: string; good: number; poor: number }[] = [
  { key: 'lcp', short: 'LCP', name: 'Largest content', good: 2_500, poor: 4_000 },
  { key: 'inp', short: 'INP', name: 'Answer to input', good: 200, poor: 500 },
  { key: 'cls', short: 'CLS', name: 'Layout shift', good: 0.1, poor: 0.25 },
  { key: 'fcp', short: 'FCP', name: 'First content', good: 1_800, poor: 3_000 },
  { key: 'ttfb', short: 'TTFB', name: 'First byte', good: 800, poor: 1_800 },
];

export const ratingNames: Record<Rating, string> = { good: 'good', fair: 'needs improvement', poor: 'poor' };

export function rate(key: VitalKey, value: number | null): Rating | null {
  const vital = vitals.find((one) => one.key === key);
  if (value === null || !vital) return null;
  if (value <= vital.good) return 'good';
  return value <= vital.poor ? 'fair' : 'poor';
}

export function formatVital(key: VitalKey, value: number | null, locale?: string): string {
  if (value === null) return noValue;
  return key === 'cls' ? formatNumber(Math.round(value * 1_000) / 1_000, locale) : formatMilliseconds(value, locale);
}
