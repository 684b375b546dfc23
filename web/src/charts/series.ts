// From a query's result to what a chart draws. Pure.
import type { Interval, TrendsQuery, TrendsResult, TrendsResultSeries } from '../api/types';
import { change, eventLabel, formatBucketLong, formatChange, formatNumber, propertyLabel } from '../lib/format';
import { mathInfo } from '../state/trends';

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
  compareBuckets: readonly string[];
  interval: Interval;
  timeZone: string;
  /** Whether the values of the series may be added up to a whole. */
  additive: boolean;
}

const hues = 8;

export function chartData(result: TrendsResult, query: TrendsQuery, hidden: readonly string[]): ChartData {
  let next = 0;
  return {
    series: result.series.map((one) => {
      const key = seriesKey(one);
      const other = one.breakdown === '$other';
      return {
        key,
        label: seriesLabel(one, query, result.series),
        color: other ? 'var(--series-other)' : `var(--series-${String(next++ % hues)})`,
        values: one.values,
        total: one.total,
        compare: one.compare ?? null,
        hidden: hidden.includes(key),
      };
    }),
    buckets: result.buckets,
    compareBuckets: result.compareBuckets ?? [],
    interval: result.interval,
    timeZone: result.timeZone,
    additive:
      query.series.every((one) => one.math === 'total' || one.math === 'sum') &&
      result.series.every((one) => one.values.every((value) => value === null || value >= 0)),
  };
}

export function seriesKey(series: TrendsResultSeries): string {
  if (series.breakdown === undefined) return String(series.series);
  return `${series.series}:${series.breakdown === null ? '' : `=${series.breakdown}`}`;
}

export function breakdownLabel(value: string | null): string {
  if (value === null) return '(none)';
  if (value === '$other') return 'Other';
  return value === '' ? '(empty)' : value;
}

/** What the reader called it, or what it counts; with the breakdown's value where there is one. */
export function seriesLabel(series: TrendsResultSeries, query: TrendsQuery, all: readonly TrendsResultSeries[]): string {
  const asked = query.series[series.series];
  const own = asked?.name ?? (asked ? describeSeries(asked, query) : series.name);
  if (series.breakdown === undefined) return own;
  const value = breakdownLabel(series.breakdown);
  return all.some((one) => one.series !== series.series) ? `${own} · ${value}` : value;
}

function describeSeries(series: TrendsQuery['series'][number], query: TrendsQuery): string {
  const event = eventLabel(series.event);
  const { math, short, ofProperty } = mathInfo(series.math);
  if (ofProperty) return `${event}, ${short} of ${propertyLabel(series.property ?? '')}`;
  const ambiguous = query.series.filter((one) => one.event === series.event).length > 1;
  return math === 'total' && !ambiguous ? event : `${event}, ${short}`;
}

/** A chart in words: what it shows, over what time, each series' total, change and peak. */
export function summarise(data: ChartData, locale?: string): string {
  const shown = data.series.filter((one) => !one.hidden);
  const first = data.buckets[0];
  const last = data.buckets.at(-1);
  if (shown.length === 0 || first === undefined || last === undefined) return 'Nothing is shown.';
  const name = (bucket: string) => formatBucketLong(bucket, data.interval, data.timeZone, locale);
  const parts = shown.slice(0, 10).map((one) => {
    const ratio = change(one.total, one.compare?.total ?? null);
    const before = ratio === null ? '' : `, ${formatChange(ratio, locale)} on the period before`;
    const peak = peakIndex(one.values);
    const bucket = peak === null ? undefined : data.buckets[peak];
    const most =
      peak === null || bucket === undefined
        ? ''
        : `, highest with ${formatNumber(one.values[peak], locale)} at ${name(bucket)}`;
    return `${one.label}: ${formatNumber(one.total, locale)} in total${before}${most}.`;
  });
  const more = shown.length > 10 ? ` And ${String(shown.length - 10)} more series.` : '';
  return `By ${data.interval}, from ${name(first)} to ${name(last)}. ${parts.join(' ')}${more}`;
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
  // A leading sign of a formula is disarmed, for labels come from whoever sends events.
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = [
    ['bucket', ...data.series.map((one) => one.label)].map(cell).join(','),
    ...data.buckets.map((bucket, index) =>
      [bucket, ...data.series.map((one) => String(one.values[index] ?? ''))].join(','),
    ),
  ];
  return `${rows.join('\r\n')}\r\n`;
}
