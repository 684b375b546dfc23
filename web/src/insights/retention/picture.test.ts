import { describe, expect, it } from 'vitest';
import type { RetentionResult, RetentionSeries } from '../../api/types';
import { chosen, columnName, heat, isEmpty, seriesNames } from './picture';

const series: RetentionSeries = { cohorts: [], overall: { size: 10, cells: [] } };
const result: RetentionResult = {
  kind: 'retention', timeZone: 'UTC', interval: 'week', mode: 'calendar', cohortBy: 'recurring', columns: [{ from: 1, to: 1 }, { from: 2, to: 4 }],
  series: ['Chrome', null, '$other'].map((breakdown) => ({ ...series, breakdown })), dataVersion: 1, computedAt: '2026-11-23T12:00:00Z', elapsedMs: 1,
};

describe('retention', () => {
  it('names its columns by the interval', () => {
    expect([0, 1].map((index) => columnName(result, index))).toEqual(['Week 1', 'Week 2–4']);
  });

  it('shows the chosen series, else the first', () => {
    const all = seriesNames(result, { breakdown: { property: '$browser', limit: 3 } });
    expect(all.map((one) => one.label)).toEqual(['Chrome', '(none)', 'Other']);
    expect(chosen(all, 'none')?.label).toBe('(none)');
    expect(chosen(all, 'gone')?.label).toBe('Chrome');
    expect(chosen([], null)).toBeUndefined();
  });

  it('warms with the rate, and never takes few for none', () => {
    expect([null, 0, 0.001, 0.5, 1].map(heat)).toEqual([0, 0, 6, 36, 56]);
    for (let rate = 0.01; rate < 1; rate += 0.01) expect(heat(rate + 0.01)).toBeGreaterThanOrEqual(heat(rate));
  });

  it('is empty where nobody started', () => {
    expect(isEmpty(result)).toBe(false);
    expect(isEmpty({ ...result, series: [{ ...series, overall: { size: 0, cells: [] } }] })).toBe(true);
  });
});
