// The points of stickiness that persons are behind: the bars. Pure.
import type { StickinessQuery, StickinessResult } from '../../api/types';
import { breakdownLabel, type ChartData } from '../../charts/series';
import { eventLabel, plural } from '../../lib/format';
import type { DrillPoint, KeyedPoint } from '../../persons/drill';
import { askedThen, breakdownOf, spanText } from '../shared/point';
import { counted } from '../shared/unit';

/** "exactly 3 days", "3 days or more"; the index is from 0. */
export function reach(result: Pick<StickinessResult, 'interval' | 'cumulative'>, index: number): string {
  const intervals = plural(index + 1, result.interval);
  return result.cumulative ? `${intervals} or more` : `exactly ${intervals}`;
}

/** Those of a series who were active in so many intervals; the index is from 0. */
export function barPoint(result: StickinessResult, query: StickinessQuery, series: number, index: number): DrillPoint | null {
  const one = result.series[series];
  const persons = one?.values[index];
  if (!one || persons === undefined) return null;
  const asked = askedThen(query, result);
  const value = one.breakdown === undefined ? '' : ` · ${breakdownLabel(one.breakdown, query.breakdown?.property)}`;
  return {
    label: `${eventLabel(one.name)}${value} on ${reach(result, index)}`,
    when: spanText(asked, result.timeZone),
    amount: plural(persons, counted(query.unit)),
    query: asked,
    point: { series: one.series, intervals: index + 1, ...breakdownOf(one) },
    period: null,
  };
}

/** Every line that is shown, at a number of intervals. */
export function linePoints(result: StickinessResult, query: StickinessQuery, chart: ChartData, index: number): KeyedPoint[] {
  return chart.series.flatMap((one, series) => {
    const point = one.hidden ? null : barPoint(result, query, series, index);
    return point ? [{ key: one.key, point }] : [];
  });
}
