import { describe, expect, it } from 'vitest';
import type { LifecycleResult } from '../../api/types';
import { isEmpty, lifecycleChart, openFrom } from './chart';
import { shownValue } from '../shared/values';
import { defaultLifecycle, formatLifecycle, parseLifecycle, toLifecycleQuery } from './state';

const result: LifecycleResult = {
  kind: 'lifecycle', timeZone: 'UTC', interval: 'day', buckets: ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z'], states: ['over', 'over', 'going_on'],
  new: [1, 2, 3], returning: [4, 5, 6], resurrecting: [0, 0, 1], dormant: [0, 7, 0], dataVersion: 1, computedAt: '2026-11-03T12:00:00Z', elapsedMs: 1,
};

describe('the address of lifecycle', () => {
  it('means the state that it was made of', () => {
    for (const search of ['', 'active=%7B%22event%22%3A%22a+%26%22%2C%22where%22%3A%5B%5B%22x%22%2C%22is%22%2C%221%22%5D%5D%7D&interval=week&range=30d&hide=new&hide=dormant&by=plan&top=5&show=%3Dpro']) {
      expect(formatLifecycle(parseLifecycle(search))).toBe(search);
    }

    expect(parseLifecycle('?active=nonsense&interval=minute&range=never&hide=x')).toEqual(defaultLifecycle);
  });

  it('asks for what it says', () => {
    const state = parseLifecycle('?active={"event":"a","where":[["x","is"],["y","is_set"]]}&range=2026-11-01..2026-11-03');
    expect(toLifecycleQuery(state, 'UTC', new Date('2026-11-23T12:00:00Z'))).toEqual({
      kind: 'lifecycle', activity: { event: 'a', name: null, filters: [{ property: 'y', operator: 'is_set', values: [] }] },
      range: { from: '2026-11-01', to: '2026-11-03' }, interval: 'day', filters: [], breakdown: null,
    });
    expect(toLifecycleQuery(parseLifecycle('by=cohort.4&show=none'), 'UTC', new Date('2026-11-23T12:00:00Z')).breakdown).toEqual({ property: 'cohort.4', limit: 10 });
  });
});

describe('the chart of lifecycle', () => {
  it('has who stays away below zero', () => {
    const chart = lifecycleChart(result, ['new']);
    expect(chart.series.map((one) => [one.key, one.values, one.hidden])).toEqual([
      ['returning', [4, 5, 6], false], ['new', [1, 2, 3], true], ['resurrecting', [0, 0, 1], false], ['dormant', [0, -7, 0], false],
    ]);
    expect(chart.series[3]?.values.some((value) => Object.is(value, -0))).toBe(false);
  });

  it('is of one value where that is chosen, and of all where there is none of that name', () => {
    const value = { breakdown: null, new: [1, 0, 0], returning: [0, 1, 0], resurrecting: [0, 0, 0], dormant: [0, 0, 1] };
    expect(shownValue([value], 'none')).toBe(value);
    expect(shownValue([value], '=none')).toBeNull();
    expect(shownValue(undefined, 'none')).toBeNull();
    expect(lifecycleChart(result, [], value).series.map((one) => one.values)).toEqual([[0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, -1]]);
  });

  it('knows which interval is not over, and whether anybody was there', () => {
    expect(openFrom(result)).toBe(2);
    expect(openFrom({ ...result, states: ['over', 'over', 'over'] })).toBe(3);
    expect(isEmpty(result)).toBe(false);
    const none = [0, 0, 0];
    expect(isEmpty({ ...result, new: none, returning: none, resurrecting: none, dormant: none })).toBe(true);
  });
});
