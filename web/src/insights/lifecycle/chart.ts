// From an answer about lifecycles to what a chart draws. Pure.
import type { LifecycleResult, LifecycleSeries } from '../../api/types';
import type { ChartData } from '../../charts/series';
import { statuses, type Status } from './state';

/** @param value Whose numbers are drawn; null for those of all values together. */
export function lifecycleChart(result: LifecycleResult, hidden: readonly Status[], value: LifecycleSeries | null = null): ChartData {
  const numbers = value ?? result;
  return {
    series: statuses.map(({ status, label, color }) => ({
      key: status,
      label,
      color,
      values: status === 'dormant' ? numbers.dormant.map((persons) => -persons || 0) : numbers[status],
      // A person is one thing in one interval and another in the next: their sum is nobody's number.
      total: null,
      compare: null,
      hidden: hidden.includes(status),
    })),
    buckets: result.buckets,
    compareBuckets: [],
    interval: result.interval,
    timeZone: result.timeZone,
    additive: true,
    unit: 'number',
  };
}

/** The first interval that is not over. */
export function openFrom(result: LifecycleResult): number {
  const index = result.states.findIndex((state) => state !== 'over');
  return index < 0 ? result.states.length : index;
}

export function isEmpty(result: LifecycleResult): boolean {
  return statuses.every(({ status }) => result[status].every((value) => value === 0));
}
