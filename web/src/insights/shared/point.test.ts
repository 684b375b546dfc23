import { expect, it } from 'vitest';
import type { LifecycleQuery, LifecycleResult, PathsQuery, RetentionQuery, RetentionResult, StickinessQuery, StickinessResult } from '../../api/types';
import { statusPoint, statusPoints } from '../lifecycle/points';
import { edgePoint } from '../paths/points';
import { seriesNames } from '../retention/picture';
import { cellPoint } from '../retention/points';
import { barPoint } from '../stickiness/points';
import { spanText } from './point';

const about = { timeZone: 'UTC', dataVersion: 1, computedAt: '2026-11-23T12:00:00Z', elapsedMs: 1 };
const range = { last: 2, unit: 'day' } as const;
const then = { from: '2026-11-22', to: '2026-11-23' };

it('a cell of retention is of a cohort and a column; what is left out is all of it', () => {
  const query: RetentionQuery = {
    kind: 'retention', start: { event: null, name: null, filters: [] }, return: { event: null, name: null, filters: [] }, range, interval: 'day', intervals: 2, cohortBy: 'recurring', mode: 'calendar',
    minimumReturns: 1, brackets: [], filters: [], breakdown: null,
  };
  const result: RetentionResult = {
    kind: 'retention', ...about, interval: 'day', mode: 'calendar', cohortBy: 'recurring', columns: [{ from: 1, to: 1 }, { from: 2, to: 2 }],
    series: [{
      cohorts: [{ start: '2026-11-22T00:00:00Z', size: 8, cells: [{ returned: 3, rate: 0.375, state: 'going_on' }, { returned: 0, rate: null, state: 'not_begun' }] }],
      overall: { size: 8, cells: [{ size: 8, returned: 3, rate: 0.375 }, { size: 0, returned: 0, rate: null }] },
    }],
  };
  const [all] = seriesNames(result, query);
  if (!all) throw new Error('There is one series.');
  expect(cellPoint(result, query, all, 0, 0)).toMatchObject({
    label: 'Came back on day 1', when: 'Started on Sun, Nov 22, 2026', amount: '3 persons', point: { cohort: 0, column: 0 }, query: { range: then },
  });
  expect(cellPoint(result, query, all, null, null)).toMatchObject({ label: 'Started', when: 'Started in Nov 22, 2026 – Nov 23, 2026', amount: '8 persons', point: {} });
  expect(cellPoint(result, query, all, 1, 0)).toBeNull();
});

it('a bar of stickiness is so many intervals, from one', () => {
  const query: StickinessQuery = { kind: 'stickiness', series: [{ event: '$pageview', name: null, filters: [] }], range, interval: 'day', cumulative: true, filters: [], breakdown: null };
  const result: StickinessResult = { kind: 'stickiness', ...about, interval: 'day', cumulative: true, intervals: 2, series: [{ series: 0, name: '$pageview', persons: 5, values: [5, 1] }] };
  expect(barPoint(result, query, 0, 1)).toMatchObject({ label: 'Page view on 2 days or more', amount: '1 person', point: { series: 0, intervals: 2 }, query: { range: then } });
  expect(barPoint(result, query, 0, 2)).toBeNull();
  const broken = { ...query, breakdown: { property: '$browser', limit: 3 } };
  const lines = { ...result, series: result.series.map((one) => ({ ...one, breakdown: null })) };
  expect(barPoint(lines, broken, 0, 1)).toMatchObject({ label: 'Page view · (none) on 2 days or more', point: { series: 0, intervals: 2, breakdown: null }, query: { breakdown: broken.breakdown } });
});

it('a piece of the lifecycle is a status in an interval, dormant ones without events of their own', () => {
  const query: LifecycleQuery = { kind: 'lifecycle', activity: { event: null, name: null, filters: [] }, range, interval: 'day', filters: [], breakdown: null };
  const result: LifecycleResult = {
    kind: 'lifecycle', ...about, interval: 'day', buckets: ['2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z'], states: ['over', 'going_on'],
    new: [1, 2], returning: [3, 4], resurrecting: [0, 0], dormant: [5, 0],
  };
  expect(statusPoint(result, query, 'dormant', 0)).toMatchObject({ label: 'Dormant', amount: '5 persons', point: { status: 'dormant', bucket: 0 }, period: null });
  expect(statusPoint(result, query, 'new', 0)?.period).toEqual({ from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z' });
  expect(statusPoints(result, query, ['new', 'dormant'], 1).map((one) => one.key)).toEqual(['returning', 'resurrecting']);

  // Of one value the persons of its line are asked for, of all together those of the question without a breakdown.
  const broken = { ...query, breakdown: { property: 'plan', limit: 3 } };
  const value = { breakdown: 'pro', new: [1, 0], returning: [0, 2], resurrecting: [0, 0], dormant: [0, 0] };
  expect(statusPoint(result, broken, 'returning', 1, value)).toMatchObject({
    label: 'Returning: pro', amount: '2 persons', point: { status: 'returning', bucket: 1, breakdown: 'pro' }, query: { breakdown: broken.breakdown },
  });
  expect(statusPoint(result, broken, 'returning', 1)).toMatchObject({ amount: '4 persons', query: { breakdown: null } });
});

it('an edge of paths is from one step to the next', () => {
  const query: PathsQuery = { kind: 'paths', range, include: ['pages'], steps: 3, edges: 10, minimumCount: 1, startPoint: null, endPoint: null, exclude: [], groupings: [], filters: [], breakdown: null };
  const edge = { step: 1, from: '/', to: 'signed_up', count: 7, meanSeconds: 1 };
  expect(edgePoint({ kind: 'paths', ...about, edges: [edge], ways: 7, more: false }, query, edge)).toMatchObject({
    label: '/ → signed_up', when: 'Step 1 to 2, Nov 22, 2026 – Nov 23, 2026', amount: '7 ways', point: { step: 1, from: '/', to: 'signed_up' },
  });
  const value = { breakdown: 'true', ways: 3, edges: [edge], more: false };
  expect(edgePoint({ kind: 'paths', ...about, edges: [], ways: 9, more: false }, { ...query, breakdown: { property: 'cohort.2', limit: 2 } }, edge, value)).toMatchObject({
    label: '/ → signed_up: In the cohort', point: { step: 1, from: '/', to: 'signed_up', breakdown: 'true' },
  });
});

it('says a time in words', () => {
  expect(spanText({ range: { last: 12, unit: 'month' } }, 'UTC', 'en')).toBe('the last 12 months');
  expect(spanText({ range: { from: '2026-11-01', to: '2026-11-01' } }, 'UTC', 'en')).toBe('Nov 1, 2026');
});
