import { expect, it } from 'vitest';
import type { FunnelQuery, FunnelResult } from '../../api/types';
import { looks } from './picture';
import { binPoint, overTimePoints, stepPoint } from './points';

const step = (number: number, persons: number, droppedOff: number) => ({
  step: number, name: 'n', optional: false, persons, droppedOff, conversionFromFirst: null, conversionFromPrevious: null,
  meanSecondsFromPrevious: null, medianSecondsFromPrevious: null, meanSecondsFromFirst: null, medianSecondsFromFirst: null,
});

const query: FunnelQuery = {
  kind: 'funnel', steps: [{ event: '$pageview', name: null, optional: false, filters: [] }, { event: 'signed_up', name: 'Joined', optional: false, filters: [] }],
  exclusions: [], order: 'ordered', window: { count: 14, unit: 'day' }, range: { last: 2, unit: 'day' }, filters: [], view: 'steps', interval: 'day',
  breakdown: { property: '$os', limit: 5, attribution: 'first_touch', step: null },
};

const result: FunnelResult = {
  kind: 'funnel', timeZone: 'UTC', order: 'ordered', view: 'steps', windowSeconds: 1, buckets: ['2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z'],
  series: [null, 'iOS'].map((breakdown) => ({
    breakdown, entered: 9, converted: 4, conversion: 4 / 9, truncated: 0, excluded: 0, steps: [step(1, 9, 0), step(2, 4, 5)],
    overTime: [{ entered: 6, converted: 1, conversion: 1 / 6 }, { entered: 3, converted: 3, conversion: 1 }],
  })),
  dataVersion: 1, computedAt: '2026-11-23T12:00:00Z', elapsedMs: 1,
};

it('a step has those who came so far and those who were lost before it', () => {
  const [none, ios] = looks(result, query, []);
  if (!none || !ios) throw new Error('There are two series.');
  expect(stepPoint(result, query, ios, 1, false)).toMatchObject({
    label: 'Came to step 2, Joined: iOS', amount: '4 persons', when: 'Nov 22, 2026 – Nov 23, 2026', point: { step: 2, droppedOff: false, breakdown: 'iOS' },
    query: { range: { from: '2026-11-22', to: '2026-11-23' } },
  });
  expect(stepPoint(result, query, none, 1, true)).toMatchObject({ label: 'Dropped off before step 2, Joined: (none)', amount: '5 persons', point: { step: 2, droppedOff: true, breakdown: null } });
  expect(stepPoint(result, query, none, 5, true)).toBeNull();
});

it('over time a bucket has who converted and who entered, of each series that is shown', () => {
  const points = overTimePoints(result, query, ['none'], 0);
  expect(points.map((one) => [one.key, one.point.label, one.point.amount, one.point.point])).toEqual([
    ['=iOS', 'iOS: Converted', '1 person', { step: 2, bucket: 0, breakdown: 'iOS' }],
    ['=iOS entered', 'iOS: Took the first step', '6 persons', { step: 1, bucket: 0, breakdown: 'iOS' }],
  ]);
  expect(overTimePoints(result, query, [], null)[0]?.point.point).toEqual({ step: 2, breakdown: null });
});

it('a bin of the time to convert has who needed as long', () => {
  const [none] = looks(result, query, []);
  if (!none) throw new Error('There are two series.');
  const look = { ...none, series: { ...none.series, timeToConvert: { binSeconds: 60, bins: [{ fromSeconds: 0, persons: 1 }, { fromSeconds: 60, persons: 3 }], meanSeconds: 1, medianSeconds: 1 } } };
  expect(binPoint(result, query, look, 1)).toMatchObject({
    label: 'Converted after 1 min to 2 min: (none)', amount: '3 persons', point: { step: 2, fromSeconds: 60, toSeconds: 120, breakdown: null },
  });
  expect(binPoint(result, query, none, 0)).toBeNull();
});
