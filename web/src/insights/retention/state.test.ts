import { describe, expect, it } from 'vitest';
import { presets, type Range } from '../../state/range';
import { activityIntervals, firstInterval } from '../shared/activity';
import {
  cohorts,
  defaultRetention,
  formatRetention,
  modes,
  parseBrackets, parseRetention,
  toRetentionQuery,
  withRange,
  type RetentionState,
} from './state';

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const texts = ['$pageview', 'Sign up & go', '日本語', '100%', 'a=b&c', '["x"]', '+plus +'];

function randomState(next: (below: number) => number): RetentionState {
  const text = () => texts[next(texts.length)] ?? 'x';
  const filters = () => (next(2) === 0 ? [] : [{ property: text(), operator: 'is_not' as const, values: [text()] }]);
  const activity = () => ({ event: next(4) === 0 ? null : text(), filters: filters() });
  const range: Range = next(3) === 0 ? { from: '2026-10-01', to: '2026-11-09' } : { preset: presets[next(presets.length)]?.preset ?? '7d' };
  const allowed = activityIntervals(range);
  const brackets = next(3) === 0 ? [1, 3, 4 + next(300)] : [];
  return {
    start: activity(),
    back: activity(),
    cohort: cohorts[next(cohorts.length)]?.cohort ?? 'recurring',
    mode: modes[next(modes.length)]?.mode ?? 'calendar',
    interval: allowed[next(allowed.length)] ?? 'day',
    intervals: brackets.length > 0 ? 7 : 1 + next(60),
    brackets,
    returns: 1 + next(50),
    range,
    filters: filters(),
    unit: next(3) === 0 ? text() : null,
    breakdown: { property: next(2) === 0 ? null : text(), limit: 1 + next(25) },
    shown: next(2) === 0 ? null : '=Chrome',
  };
}

describe('the address of retention', () => {
  it('means the state that it was made of', () => {
    const next = generator(5);
    for (let i = 0; i < 500; i++) {
      const state = randomState(next);
      expect(parseRetention(`?${formatRetention(state)}`)).toEqual(state);
    }
  });

  it('is empty by default, and falls back part by part', () => {
    expect(formatRetention(defaultRetention)).toBe('');
    expect(parseRetention('?start=x&back={"event":5}&cohort=some&mode=odd&interval=minute&intervals=0&returns=999&range=ever&top=0&show=')).toEqual(defaultRetention);
  });
});

describe('the interval of cohorts', () => {
  it('makes more than one cohort, and no more than can be read', () => {
    expect(activityIntervals({ preset: '24h' })).toEqual(['hour', 'day']);
    expect(activityIntervals({ preset: '30d' })).toEqual(['day', 'week', 'month']);
    expect(activityIntervals({ preset: '12m' })).toEqual(['week', 'month']);
    expect(activityIntervals({ from: '1990-01-01', to: '2026-01-01' })).toEqual(['month']);
    for (const { preset } of presets) expect(activityIntervals({ preset })).toContain(firstInterval({ preset }));
  });

  it('follows the range', () => {
    expect(withRange(defaultRetention, { preset: '12m' }).interval).toBe('month');
    expect(withRange(defaultRetention, { preset: '90d' }).interval).toBe('week');
  });
});

describe('the query of retention', () => {
  it('is the documented document', () => {
    const state = parseRetention('?start={"event":"signed_up"}&back={"event":null,"where":[["plan","is","pro"],["x","is"]]}&range=30d&interval=week&intervals=4&mode=rolling&cohort=first_ever&returns=2&by=%24os');
    expect(toRetentionQuery(state, 'UTC', new Date('2026-11-23T12:00:00Z'))).toEqual({
      kind: 'retention',
      start: { event: 'signed_up', name: null, filters: [] },
      return: { event: null, name: null, filters: [{ property: 'plan', operator: 'is', values: ['pro'] }] },
      range: { last: 30, unit: 'day' },
      interval: 'week',
      intervals: 4,
      cohortBy: 'first_ever',
      mode: 'rolling',
      minimumReturns: 2,
      brackets: [],
      filters: [],
      breakdown: { property: '$os', limit: 10 },
    });
  });

  it('is asked up to the last bracket, where there are any', () => {
    const query = toRetentionQuery(parseRetention('?brackets=1,3,7&intervals=12&unit=company'), 'UTC', new Date('2026-11-23T12:00:00Z'));
    expect(query).toMatchObject({ brackets: [1, 3, 7], unit: { group: 'company' } });
    expect(query).not.toHaveProperty('intervals');
    expect([parseBrackets('1 3;7,14'), parseBrackets('3, 1'), parseBrackets('1, x'), parseBrackets('0'), parseBrackets('1, 900')]).toEqual([[1, 3, 7, 14], null, null, null, null]);
    expect(parseRetention('?brackets=7,1').brackets).toEqual([]);
  });
});
