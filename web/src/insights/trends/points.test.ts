import { describe, expect, it } from 'vitest';
import type { TrendsQuery, TrendsResult } from '../../api/types';
import { chartData } from './chart';
import { bucketPeriod } from '../shared/point';
import { trendPoint, trendPoints } from './points';

const query: TrendsQuery = {
  kind: 'trends',
  series: [
    { event: '$pageview', math: 'total', property: null, name: null, filters: [] },
    { event: 'paid', math: 'sum', property: 'amount', name: null, filters: [] },
  ],
  range: { last: 3, unit: 'day' }, interval: 'day', filters: [], breakdown: { property: '$browser', limit: 2 }, compare: true,
};

const result: TrendsResult = {
  kind: 'trends', timeZone: 'Europe/Berlin', interval: 'day',
  buckets: ['2026-10-31T23:00:00Z', '2026-11-01T23:00:00Z', '2026-11-02T23:00:00Z'],
  compareBuckets: ['2026-10-28T23:00:00Z', '2026-10-29T23:00:00Z', '2026-10-30T23:00:00Z'],
  series: [
    { series: 0, name: '$pageview', breakdown: 'Chrome', values: [12, 0, 7], total: 19, compare: { values: [3, 4, 3], total: 10 } },
    { series: 0, name: '$pageview', breakdown: null, values: [1, null, 2], total: 3, compare: { values: [0, 0, 0], total: 0 } },
    { series: 1, name: 'paid', breakdown: '$other', values: [1.5, 1, 1], total: 3.5, compare: null },
  ],
  dataVersion: 1, computedAt: '2026-11-03T12:00:00Z', elapsedMs: 1,
};

const data = chartData(result, query, ['0:']);

describe('a point of trends', () => {
  it('is asked for as it was when the answer was made', () => {
    expect(trendPoint(result, query, data, 0, 2)).toEqual({
      label: 'Page view · Chrome', when: 'Tue, Nov 3, 2026', amount: '7 events', query: { ...query, range: { from: '2026-11-01', to: '2026-11-03' } },
      point: { series: 0, bucket: 2, breakdown: 'Chrome', compare: false }, period: { from: '2026-11-02T23:00:00Z', to: null },
    });
  });

  it('is of the whole range without a bucket, and of the period before where that is asked', () => {
    expect(trendPoint(result, query, data, 0, null)?.point).toEqual({ series: 0, breakdown: 'Chrome', compare: false });
    expect(trendPoint(result, query, data, 0, 1, true)).toMatchObject({
      label: 'Page view · Chrome, the period before', when: 'Fri, Oct 30, 2026', amount: '4 events', point: { bucket: 1, compare: true },
      period: { from: '2026-10-29T23:00:00Z', to: '2026-10-30T23:00:00Z' },
    });
  });

  it('keeps the line of those without a value apart from one without a breakdown', () => {
    expect(trendPoint(result, query, data, 1, 0)?.point).toEqual({ series: 0, bucket: 0, breakdown: null, compare: false });
    const whole = { ...result, series: [{ series: 0, name: 'x', values: [1, 2, 3], total: 6 }] };
    expect(trendPoint(whole, query, chartData(whole, query, []), 0, 0)?.point).toEqual({ series: 0, bucket: 0, compare: false });
  });

  it('says what the math says', () => {
    expect(trendPoint(result, query, data, 2, 0)?.amount).toBe('sum 1.5');
    expect(trendPoint(result, query, data, 7, 0)).toBeNull();
  });

  it('is of a formula by its number after the series, with the formula\'s figure', () => {
    const ratio = { ...query, formulas: [{ expression: 'B / A', name: null }] };
    const answer = { ...result, series: [{ series: query.series.length, name: 'B / A', values: [0.5, 1, 2], total: 1.5 }] };
    expect(trendPoint(answer, ratio, chartData(answer, ratio, []), 0, 1)).toMatchObject({ label: 'B / A', amount: '1', point: { series: query.series.length, bucket: 1, compare: false } });
  });
});

it('has no time of its own where it counts what was before', () => {
  expect(trendPoint(result, { ...query, cumulative: true }, data, 0, 1)).toMatchObject({ period: null, when: 'Up to Mon, Nov 2, 2026' });
  const actives = { ...query, series: query.series.map((one) => ({ ...one, math: 'weekly_active' as const, property: null })) };
  expect(trendPoint(result, actives, data, 0, 1)).toMatchObject({ period: null, amount: 'active within 7 days 0' });
});

it('offers the series that are shown, and what they were before', () => {
  expect(trendPoints(result, query, data, 0).map((one) => one.key)).toEqual(['0:=Chrome', '0:=Chrome before', '1:=$other']);
});

it('knows no time beyond the buckets', () => {
  expect(bucketPeriod(result.buckets, 9)).toBeNull();
});
