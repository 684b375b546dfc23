// The points of stickiness that persons are behind: the bars. Pure.
import type { StickinessQuery, StickinessResult } from '../../api/types';
import { eventLabel, plural } from '../../lib/format';
import type { DrillPoint } from '../../persons/drill';
import { askedThen, spanText } from '../shared/point';
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
  return {
    label: `${eventLabel(one.name)} on ${reach(result, index)}`,
    when: spanText(asked, result.timeZone),
    amount: plural(persons, counted(query.unit)),
    query: asked,
    point: { series: one.series, intervals: index + 1 },
    period: null,
  };
}
