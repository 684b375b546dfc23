// What Stickiness shows, and how that stands in the address. Pure: whatever makes no sense falls back, part by part.
import type { PropertyFilter, StickinessQuery } from '../../api/types';
import { decodeFilters, encodeFilter, isComplete, parseJson } from '../../state/filters';
import { defaultRange, formatRange, parseRange, toQueryRange, type Range } from '../../state/range';
import { maxText } from '../../state/texts';
import { encodeActivity, firstInterval, parseActivity, parseInterval, selector, type Activity, type ActivityInterval } from '../shared/activity';
import { askedBreakdown, noBreakdown, parseBreakdown, setBreakdown, type Breakdown } from '../shared/breakdown';
import { askedUnit, parseUnit, setUnit, type Unit } from '../shared/unit';

export const maxSeries = 4;
const maxHidden = 100;

const pageView: Activity = { event: '$pageview', filters: [] };

export const newSeries: Activity = { event: null, filters: [] };

export interface StickinessState {
  series: Activity[];
  interval: ActivityInterval;
  /** Whether who was active on more counts too. */
  cumulative: boolean;
  range: Range;
  filters: PropertyFilter[];
  unit: Unit;
  breakdown: Breakdown;
  /** Keys of the series that are switched off. */
  hidden: string[];
}

export const defaultStickiness: StickinessState = {
  series: [pageView], interval: 'day', cumulative: false, range: defaultRange, filters: [], unit: null, breakdown: noBreakdown, hidden: [],
};

export function parseStickiness(search: string): StickinessState {
  const parameters = new URLSearchParams(search);
  const range = parseRange(parameters.get('range'));
  const series = parameters.getAll('s').slice(0, maxSeries).filter((text) => parseJson(text) !== undefined).map((text) => parseActivity(text, pageView));
  return {
    series: series.length > 0 ? series : defaultStickiness.series,
    interval: parseInterval(parameters.get('interval'), range),
    cumulative: parameters.get('cumulative') === '1',
    range,
    filters: decodeFilters(parameters.getAll('f')),
    unit: parseUnit(parameters),
    breakdown: parseBreakdown(parameters),
    hidden: [...new Set(parameters.getAll('hide'))].filter((key) => key.length <= maxText + 10).slice(0, maxHidden),
  };
}

/** The address of a state, without what is as it is by default. */
export function formatStickiness(state: StickinessState): string {
  const parameters = new URLSearchParams();
  if (JSON.stringify(state.series) !== JSON.stringify(defaultStickiness.series)) {
    for (const one of state.series) parameters.append('s', JSON.stringify(encodeActivity(one)));
  }

  if (state.interval !== firstInterval(state.range)) parameters.set('interval', state.interval);
  if (state.cumulative) parameters.set('cumulative', '1');
  const range = formatRange(state.range);
  if (range !== null) parameters.set('range', range);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  setUnit(parameters, state.unit);
  setBreakdown(parameters, state.breakdown);
  for (const key of state.hidden) parameters.append('hide', key);
  return parameters.toString();
}

export function toStickinessQuery(state: StickinessState, timeZone: string, now: Date): StickinessQuery {
  return {
    kind: 'stickiness',
    series: state.series.map(selector),
    range: toQueryRange(state.range, timeZone, now),
    interval: state.interval,
    cumulative: state.cumulative,
    filters: state.filters.filter(isComplete),
    ...askedUnit(state.unit),
    breakdown: askedBreakdown(state.breakdown),
  };
}
