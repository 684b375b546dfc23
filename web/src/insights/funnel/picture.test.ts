import { describe, expect, it } from 'vitest';
import type { FunnelQuery, FunnelResult, FunnelSeries } from '../../api/types';
import { isEmpty, looks, overTime, settledUntil, stepLooks, stepTitle } from './picture';

const step = (number: number, persons: number, from: [first: number | null, previous: number | null], more: object = {}) => ({
  step: number, name: `n${String(number)}`, optional: false, persons, droppedOff: 0, conversionFromFirst: from[0], conversionFromPrevious: from[1],
  meanSecondsFromPrevious: null, medianSecondsFromPrevious: null, meanSecondsFromFirst: null, medianSecondsFromFirst: null, ...more,
});

const series: FunnelSeries = {
  entered: 100, converted: 10, conversion: 0.1, truncated: 5, excluded: 0,
  steps: [step(1, 100, [null, null]), step(2, 20, [0.2, 0.2], { optional: true }), step(3, 10, [0.1, 0.1], { droppedOff: 90, medianSecondsFromPrevious: 60 })],
};

const query: FunnelQuery = {
  kind: 'funnel',
  steps: [
    { event: '$pageview', name: null, optional: false, filters: [] },
    { event: 'tour', name: null, optional: true, filters: [{ property: '$os', operator: 'is', values: ['iOS', 'Android'] }] },
    { event: 'signed_up', name: 'Joined', optional: false, filters: [] },
  ],
  exclusions: [], order: 'ordered', window: { count: 14, unit: 'day' }, range: { last: 7, unit: 'day' }, filters: [], breakdown: null, view: 'steps', interval: 'day',
};

const result: FunnelResult = {
  kind: 'funnel', timeZone: 'UTC', order: 'ordered', view: 'steps', windowSeconds: 14 * 86_400, series: [series],
  dataVersion: 1, computedAt: '2026-11-23T12:00:00.000Z', elapsedMs: 1,
};

describe('the steps of a funnel', () => {
  it('are held against the last step that must be taken', () => {
    const [first, second, third] = stepLooks(result, query, []);
    expect(first?.bars[0]).toMatchObject({ persons: 100, share: 1, before: 1 });
    expect(second?.bars[0]).toMatchObject({ persons: 20, share: 0.2, before: 1 });
    expect(third?.bars[0]).toMatchObject({ persons: 10, share: 0.1, before: 1, droppedOff: 90, medianSeconds: 60 });
  });

  it('are named as the reader or the event says, with their filters', () => {
    expect(stepLooks(result, query, []).map((one) => one.title)).toEqual(['Page view', 'tour', 'Joined']);
    expect(stepLooks(result, query, []).map((one) => one.where)).toEqual(['', 'OS is iOS or Android', '']);
    expect([0, 1, 2].map((index) => stepTitle({ ...query, order: 'any' }, index))).toEqual(['Any step', 'Any 2 steps', 'All 3 steps']);
  });

  it('have no length where nobody is', () => {
    const nobody = { ...result, series: [{ ...series, entered: 0, converted: 0, conversion: null, steps: series.steps?.map((one) => ({ ...one, persons: 0, conversionFromFirst: null })) ?? [] }] };
    expect(isEmpty(nobody)).toBe(true);
    expect(stepLooks(nobody, query, []).map((one) => one.bars[0]?.share)).toEqual([0, 0, 0]);
  });
});

describe('the series of a funnel', () => {
  const broken = { ...result, series: ['Chrome', null, '', '$other'].map((breakdown) => ({ ...series, breakdown })) };

  it('keep their colours and keys', () => {
    const all = looks(broken, query, ['=Chrome']);
    expect(all.map((one) => one.label)).toEqual(['Chrome', '(none)', '(empty)', 'Other']);
    expect(new Set(all.map((one) => one.key)).size).toBe(4);
    expect(all.map((one) => one.hidden)).toEqual([true, false, false, false]);
    expect(all.map((one) => one.color)).toEqual(['var(--series-0)', 'var(--series-1)', 'var(--series-2)', 'var(--series-other)']);
    expect(stepLooks(broken, query, ['=Chrome'])[0]?.bars).toHaveLength(3);
  });

  it('are shares over time', () => {
    const points = [{ entered: 4, converted: 1, conversion: 0.25 }, { entered: 0, converted: 0, conversion: null }];
    const chart = overTime({ ...result, view: 'over_time', buckets: ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z'], series: [{ ...series, overTime: points }] }, query, []);
    expect(chart).toMatchObject({ unit: 'share', series: [{ label: 'All persons', values: [0.25, null], total: 0.1 }] });
  });

  it('are settled a window before the answer', () => {
    expect(settledUntil(result)).toBe('2026-11-09T12:00:00.000Z');
  });
});
