// What a chart over time draws, and what it says. Pure.
import type { Interval } from '../api/types';
import { countryName, countryProperty } from '../lib/countries';
import { toCsvText } from '../lib/csv';
import { change, formatBucket, formatBucketLong, formatChange, formatCompact, formatNumber } from '../lib/format';
import { formatDuration, formatShare, formatShareTick } from '../lib/rates';
import { cohortId } from '../state/filters';

export interface ChartSeries {
  /** Stays the same over refreshes, so that a switched-off series stays off. */
  key: string;
  label: string;
  /** A CSS colour; a variable of the theme. */
  color: string;
  values: readonly (number | null)[];
  total: number | null;
  compare: { values: readonly (number | null)[]; total: number | null } | null;
  hidden: boolean;
}

export interface ChartData {
  series: ChartSeries[];
  buckets: readonly string[];
  /** What buckets are called that are no times: below the chart, and in full. */
  names?: readonly { short: string; long: string }[];
  compareBuckets: readonly string[];
  interval: Interval;
  timeZone: string;
  /** Whether the values of the series may be added up to a whole. */
  additive: boolean;
  /** What the values are: numbers, parts of a whole from 0 to 1, or lengths of time. */
  unit: 'number' | 'share' | 'seconds';
}

/** Something to be seen at a bucket beside its values. */
export interface Mark {
  bucket: number;
  texts: readonly string[];
}

const hues = 8;

/** The colour of the next series that is not the rest of a breakdown, and the grey of the rest. */
export function colorOf(position: number): string {
  return `var(--series-${String(position % hues)})`;
}

export const otherColor = 'var(--series-other)';

/** What a server calls the values of a breakdown that are past its limit. */
export const otherValue = '$other';

export function breakdownLabel(value: string | null, property?: string): string {
  if (property !== undefined && cohortId(property) !== null) return value === 'true' ? 'In the cohort' : 'Not in the cohort';
  if (value === null) return '(none)';
  if (value === otherValue) return 'Other';
  if (property === countryProperty) return countryName(value);
  return value === '' ? '(empty)' : value;
}

export function formatValue(data: ChartData, value: number | null | undefined, locale?: string): string {
  return formatUnit(data.unit, value, locale);
}

export function formatUnit(unit: ChartData['unit'], value: number | null | undefined, locale?: string): string {
  if (unit === 'seconds') return formatDuration(value === null || value === undefined ? value : Math.round(value));
  return unit === 'share' ? formatShare(value, locale) : formatNumber(value, locale);
}

/** A bucket's name below the chart. */
export function bucketLabel(data: ChartData, index: number, locale?: string): string {
  return data.names?.[index]?.short ?? formatBucket(data.buckets[index] ?? '', data.interval, data.timeZone, locale);
}

/** A bucket's name in full. */
export function bucketName(data: ChartData, index: number, locale?: string): string {
  return data.names?.[index]?.long ?? formatBucketLong(data.buckets[index] ?? '', data.interval, data.timeZone, locale);
}

/** For axes. */
export function formatTick(data: ChartData, value: number, locale?: string): string {
  if (data.unit === 'seconds') return formatDuration(value);
  return data.unit === 'share' ? formatShareTick(value, locale) : formatCompact(value, locale);
}

/** The keys that are switched off once this one is switched. */
export function toggled(data: ChartData, key: string): string[] {
  return data.series.filter((one) => one.hidden !== (one.key === key)).map((one) => one.key);
}

/** A chart in words: what it shows, over what time, each series' total, change and peak. */
export function summarise(data: ChartData, locale?: string): string {
  const shown = data.series.filter((one) => !one.hidden);
  if (shown.length === 0 || data.buckets.length === 0) return 'Nothing is shown.';
  const name = (bucket: number) => bucketName(data, bucket, locale);
  const parts = shown.slice(0, 10).map((one) => {
    const ratio = change(one.total, one.compare?.total ?? null);
    const before = ratio === null ? '' : `, ${formatChange(ratio, locale)} on the period before`;
    const peak = peakIndex(one.values);
    const most = peak === null ? '' : `, highest with ${formatValue(data, one.values[peak], locale)} at ${name(peak)}`;
    const total = one.total === null ? '' : ` ${formatValue(data, one.total, locale)} ${data.unit === 'number' ? 'in total' : 'overall'}`;
    return `${one.label}:${total}${before}${most}.`.replace(':,', ':');
  });
  const more = shown.length > 10 ? ` And ${String(shown.length - 10)} more series.` : '';
  return `By ${data.interval}, from ${name(0)} to ${name(data.buckets.length - 1)}. ${parts.join(' ')}${more}`;
}

function peakIndex(values: readonly (number | null)[]): number | null {
  let peak: number | null = null;
  values.forEach((value, index) => {
    if (value !== null && (peak === null || value > (values[peak] ?? -Infinity))) peak = index;
  });
  return peak;
}

/** The table as comma-separated values, for spreadsheets: a header and a row for each bucket. */
export function toCsv(data: ChartData): string {
  return toCsvText(
    ['bucket', ...data.series.map((one) => one.label)],
    data.buckets.map((bucket, index) => [bucket, ...data.series.map((one) => one.values[index] ?? null)]),
  );
}
