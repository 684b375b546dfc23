// The key numbers of Home, and what the chart draws of the chosen one. Pure.
import type { TrendsResult, WebFigures, WebResult } from '../api/types';
import { colorOf, type ChartData } from '../charts/series';

export type WebMetric = 'visitors' | 'visits' | 'pageViews' | 'viewsPerVisit' | 'bounceRate' | 'meanSeconds';
export type ProductMetric = 'persons' | 'new' | 'events' | 'each' | 'sessions';

export interface Metric<Key extends string> {
  key: Key;
  label: string;
  unit: ChartData['unit'];
  /** Whether more of it is worse. */
  worse?: true;
  /** What it counts, in a sentence. */
  means: string;
}

export const webMetrics: readonly Metric<WebMetric>[] = [
  { key: 'visitors', label: 'Visitors', unit: 'number', means: 'Different persons who visited' },
  { key: 'visits', label: 'Visits', unit: 'number', means: 'Sessions with at least one page view' },
  { key: 'pageViews', label: 'Page views', unit: 'number', means: 'Pages that were viewed, each time' },
  { key: 'viewsPerVisit', label: 'Views per visit', unit: 'number', means: 'Page views by visits' },
  { key: 'bounceRate', label: 'Bounce rate', unit: 'share', worse: true, means: 'Visits in which nothing followed the first page view' },
  { key: 'meanSeconds', label: 'Visit duration', unit: 'seconds', means: 'From the first event of a visit to its last, on average' },
];

export const productMetrics: readonly Metric<ProductMetric>[] = [
  { key: 'persons', label: 'Active persons', unit: 'number', means: 'Different persons with an event' },
  { key: 'new', label: 'New persons', unit: 'number', means: 'Persons whose first event ever lies in the range' },
  { key: 'events', label: 'Events', unit: 'number', means: 'Everything that was sent' },
  { key: 'each', label: 'Events per person', unit: 'number', means: 'Events by active persons' },
  { key: 'sessions', label: 'Sessions', unit: 'number', means: 'Different sessions of these events' },
];

/** A number, and the one of the period before where there is one to compare with. */
export interface Compared {
  now: number | null;
  before: number | null;
}

export function webNumber(result: WebResult | undefined, key: WebMetric): Compared | null {
  const { totals, compare } = result ?? {};
  return totals ? { now: totals[key], before: compare?.totals?.[key] ?? null } : null;
}

/** Whether there is nothing to show: nobody visited now or in the period before, and nothing was measured. */
export function noVisits({ totals, compare, lists, vitals }: WebResult): boolean {
  const measured = vitals && Object.values(vitals.overall).some((one) => one.count > 0);
  return !totals?.visits && !compare?.totals?.visits && (lists ?? []).every((one) => one.rows.length === 0) && !measured;
}

interface Line {
  values: readonly (number | null)[];
  total: number | null;
}

function chart<Key extends string>(metric: Metric<Key>, line: Line, before: Line | null, rest: Pick<ChartData, 'buckets' | 'compareBuckets' | 'interval' | 'timeZone'>): ChartData {
  const one = { key: metric.key, label: metric.label, color: colorOf(0), ...line, compare: before, hidden: false };
  return { ...rest, series: [one], additive: false, unit: metric.unit };
}

export function webChart(result: WebResult, metric: Metric<WebMetric>): ChartData | null {
  const { totals, series, compare, timeZone } = result;
  if (!totals || !series) return null;
  const line = (figures: readonly WebFigures[], whole: WebFigures): Line => ({ values: figures.map((one) => one[metric.key]), total: whole[metric.key] });
  const before = compare?.series && compare.totals ? line(compare.series.values, compare.totals) : null;
  return chart(metric, line(series.values, totals), before, {
    buckets: series.buckets, compareBuckets: compare?.series?.buckets ?? [], interval: series.interval, timeZone,
  });
}

/** Where a product's number stands: in which answer, and at which place. */
const places: Record<ProductMetric, { asked: 'main' | 'new'; at: number }> = {
  persons: { asked: 'main', at: 0 }, events: { asked: 'main', at: 1 }, sessions: { asked: 'main', at: 2 }, each: { asked: 'main', at: 3 }, new: { asked: 'new', at: 0 },
};

export interface ProductAnswers {
  main: TrendsResult | undefined;
  new: TrendsResult | undefined;
}

export function productPlace(key: ProductMetric) {
  return places[key];
}

export function productNumber(answers: ProductAnswers, key: ProductMetric): Compared | null {
  const { asked, at } = places[key];
  const one = answers[asked]?.series[at];
  return one ? { now: one.total, before: one.compare?.total ?? null } : null;
}

export function productChart(answers: ProductAnswers, metric: Metric<ProductMetric>): ChartData | null {
  const { asked, at } = places[metric.key];
  const result = answers[asked];
  const one = result?.series[at];
  if (!result || !one) return null;
  return chart(metric, one, one.compare ?? null, {
    buckets: result.buckets, compareBuckets: result.compareBuckets ?? [], interval: result.interval, timeZone: result.timeZone,
  });
}

/** Whether a change of a number is for the better: 1, for the worse: −1, or neither. */
export function verdict(ratio: number | null, worse = false): -1 | 0 | 1 {
  if (ratio === null || ratio === 0) return 0;
  return ratio > 0 !== worse ? 1 : -1;
}

