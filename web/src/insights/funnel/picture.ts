// From an answer about a funnel to what is drawn of it. Pure.
import type { FunnelQuery, FunnelResult, FunnelSeries } from '../../api/types';
import { breakdownLabel, colorOf, otherColor, otherValue, type ChartData } from '../../charts/series';
import { eventLabel, propertyLabel } from '../../lib/format';
import { describeFilter } from '../../state/filters';
import { countedAll } from '../shared/unit';

export interface SeriesLook {
  key: string;
  label: string;
  color: string;
  hidden: boolean;
  series: FunnelSeries;
}

export function looks(result: FunnelResult, query: Pick<FunnelQuery, 'breakdown' | 'unit'>, hidden: readonly string[]): SeriesLook[] {
  let next = 0;
  return result.series.map((series) => {
    const { breakdown } = series;
    const key = breakdown === undefined ? 'all' : breakdown === null ? 'none' : `=${breakdown}`;
    return {
      key,
      label: breakdown === undefined ? countedAll(query.unit).all : breakdownLabel(breakdown, query.breakdown?.property),
      color: breakdown === otherValue ? otherColor : colorOf(next++),
      hidden: hidden.includes(key),
      series,
    };
  });
}

export interface StepLook {
  /** From 1. */
  number: number;
  title: string;
  /** The step's own filters in words; empty without any. */
  where: string;
  optional: boolean;
  bars: Bar[];
}

export interface Bar extends SeriesLook {
  persons: number;
  /** Of those who took step 1, from 0 to 1. */
  share: number;
  /** The share at the step before, which the bar is held against. */
  before: number;
  droppedOff: number;
  fromPrevious: number | null;
  medianSeconds: number | null;
}

/** The steps with a bar for each series that is not hidden. */
export function stepLooks(result: FunnelResult, query: FunnelQuery, hidden: readonly string[]): StepLook[] {
  const all = looks(result, query, hidden);
  const first = all[0]?.series.steps ?? [];
  return first.map((step, index) => ({
    number: step.step,
    title: stepTitle(query, index),
    where: query.order === 'any' ? '' : (query.steps[index]?.filters ?? []).map((one) => describeFilter(one, propertyLabel)).join(', '),
    optional: step.optional,
    bars: all.filter((one) => !one.hidden).flatMap((one) => {
      const own = one.series.steps?.[index];
      if (!own) return [];
      return [{
        ...one,
        persons: own.persons,
        share: own.conversionFromFirst ?? (index === 0 && own.persons > 0 ? 1 : 0),
        before: shareBefore(one.series, index),
        droppedOff: own.droppedOff,
        fromPrevious: own.conversionFromPrevious,
        medianSeconds: own.medianSecondsFromPrevious,
      }];
    }),
  }));
}

/** In any order a step of the answer is a number of steps taken, whichever they were. */
export function stepTitle(query: FunnelQuery, index: number): string {
  const count = index + 1;
  if (query.order === 'any') {
    if (count === query.steps.length) return `All ${String(count)} steps`;
    return count === 1 ? 'Any step' : `Any ${String(count)} steps`;
  }

  const step = query.steps[index];
  return step?.name ?? eventLabel(step?.event ?? null);
}

// An optional step in between is not what the next one's rate is of.
function shareBefore(series: FunnelSeries, index: number): number {
  for (let at = index - 1; at >= 0; at--) {
    const step = series.steps?.[at];
    if (step && !step.optional) return at === 0 ? 1 : (step.conversionFromFirst ?? 0);
  }

  return 1;
}

/** The view over time as a chart of shares. */
export function overTime(result: FunnelResult, query: FunnelQuery, hidden: readonly string[]): ChartData {
  return {
    series: looks(result, query, hidden).map((one) => ({
      key: one.key,
      label: one.label,
      color: one.color,
      values: one.series.overTime?.map((point) => point.conversion) ?? [],
      total: one.series.conversion,
      compare: null,
      hidden: one.hidden,
    })),
    buckets: result.buckets ?? [],
    compareBuckets: [],
    interval: query.interval,
    timeZone: result.timeZone,
    additive: false,
    unit: 'share',
  };
}

/** Persons whose step 1 lies in a bucket have had their whole window only when it has passed too. */
export function settledUntil(result: FunnelResult): string {
  return new Date(Date.parse(result.computedAt) - result.windowSeconds * 1000).toISOString();
}

export function isEmpty(result: FunnelResult): boolean {
  return result.series.every((one) => one.entered === 0 && one.excluded === 0);
}
