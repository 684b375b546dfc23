// From an answer about retention to what is drawn of it. Pure.
import type { RetentionQuery, RetentionResult, RetentionSeries } from '../../api/types';
import { breakdownLabel } from '../../charts/series';
import { countedAll } from '../shared/unit';

export interface SeriesName {
  key: string;
  label: string;
  series: RetentionSeries;
}

export function seriesNames(result: RetentionResult, query: Pick<RetentionQuery, 'breakdown' | 'unit'>): SeriesName[] {
  return result.series.map((series) => {
    const { breakdown } = series;
    return {
      key: breakdown === undefined ? 'all' : breakdown === null ? 'none' : `=${breakdown}`,
      label: breakdown === undefined ? countedAll(query.unit).all : breakdownLabel(breakdown, query.breakdown?.property),
      series,
    };
  });
}

export function chosen(all: readonly SeriesName[], key: string | null): SeriesName | undefined {
  return all.find((one) => one.key === key) ?? all[0];
}

/** "Day 3", "Week 1". */
export function columnName(result: RetentionResult, index: number): string {
  const column = result.columns[index];
  const interval = result.interval.charAt(0).toUpperCase() + result.interval.slice(1);
  if (!column) return interval;
  return `${interval} ${column.from === column.to ? String(column.from) : `${String(column.from)}–${String(column.to)}`}`;
}

/**
 * How much of the colour a rate has, in percent: a little for the least, so that few are not taken for none, and no more
 * than leaves the text on it readable in both themes.
 */
export function heat(rate: number | null): number {
  return rate === null || rate <= 0 ? 0 : Math.round(6 + 50 * Math.min(rate, 1) ** 0.75);
}

export function isEmpty(result: RetentionResult): boolean {
  return result.series.every((one) => one.overall.size === 0);
}
