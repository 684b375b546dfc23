// The points of funnels that persons are behind. Pure.
import type { FunnelQuery, FunnelResult } from '../../api/types';
import { formatBucketLong, plural } from '../../lib/format';
import { formatDuration } from '../../lib/rates';
import type { DrillPoint, KeyedPoint } from '../../persons/drill';
import { askedThen, breakdownOf, spanText } from '../shared/point';
import { counted } from '../shared/unit';
import { looks, stepTitle, type SeriesLook } from './picture';

/** Those who came as far as a step, from 0, or who took the one before that must be taken and not this one. */
export function stepPoint(result: FunnelResult, query: FunnelQuery, look: SeriesLook, index: number, droppedOff: boolean): DrillPoint | null {
  const step = look.series.steps?.[index];
  if (!step) return null;
  const asked = askedThen(query, result);
  const title = `${droppedOff ? 'Dropped off before' : 'Came to'} step ${String(step.step)}, ${stepTitle(query, index)}`;
  return {
    label: query.breakdown === null ? title : `${title}: ${look.label}`,
    when: spanText(asked, result.timeZone),
    amount: plural(droppedOff ? step.droppedOff : step.persons, counted(query.unit)),
    query: asked,
    point: { step: step.step, droppedOff, ...breakdownOf(look.series) },
    period: null,
  };
}

/** Those who needed as long as a bin of the time to convert says, from 0. */
export function binPoint(result: FunnelResult, query: FunnelQuery, look: SeriesLook, index: number): DrillPoint | null {
  const times = look.series.timeToConvert;
  const bin = times?.bins[index];
  if (!times || !bin) return null;
  const asked = askedThen(query, result);
  const toSeconds = bin.fromSeconds + times.binSeconds;
  const title = `Converted after ${formatDuration(bin.fromSeconds)} to ${formatDuration(toSeconds)}`;
  return {
    label: query.breakdown === null ? title : `${title}: ${look.label}`,
    when: spanText(asked, result.timeZone),
    amount: plural(bin.persons, counted(query.unit)),
    query: asked,
    point: { step: query.steps.length, fromSeconds: bin.fromSeconds, toSeconds, ...breakdownOf(look.series) },
    period: null,
  };
}

/** Every series that is shown, at a bucket of the view over time: who came to the last step, and who took the first. */
export function overTimePoints(result: FunnelResult, query: FunnelQuery, hidden: readonly string[], bucket: number | null): KeyedPoint[] {
  const asked = askedThen(query, result);
  const start = bucket === null ? undefined : result.buckets?.[bucket];
  const last = query.steps.length;
  return looks(result, query, hidden).flatMap((look) => {
    const at = bucket === null ? look.series : look.series.overTime?.[bucket];
    if (look.hidden || !at) return [];
    const name = query.breakdown === null ? '' : `${look.label}: `;
    const point = (label: string, step: number, persons: number): DrillPoint => ({
      label: name + label,
      when: start === undefined ? spanText(asked, result.timeZone) : `First step on ${formatBucketLong(start, query.interval, result.timeZone)}`,
      amount: plural(persons, counted(query.unit)),
      query: asked,
      point: { step, ...(bucket === null ? {} : { bucket }), ...breakdownOf(look.series) },
      period: null,
    });
    return [
      { key: look.key, point: point('Converted', last, at.converted) },
      { key: `${look.key} entered`, point: point('Took the first step', 1, at.entered) },
    ];
  });
}
