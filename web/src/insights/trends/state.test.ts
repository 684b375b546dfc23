import { describe, expect, it } from 'vitest';
import { defaultInterval, intervals, intervalsFor, presets, rangeLabel, toQueryRange, type Range } from '../../state/range';
import { noBreakdown } from '../shared/breakdown';
import { defaultTrends, formatTrends, maths, newSeries, parseTrends, toQuery, withBreakdown, withChart, withRange, type TrendsState } from './state';
import { operators } from '../../state/filters';

const now = new Date('2026-11-23T23:30:00Z');

// A small deterministic generator: the law below is tried on many states, the same ones each time.
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const texts = ['$pageview', 'Sign up & go', '日本語', '100%', 'a=b&c', '["x"]', '+plus +', '#hash', 'quote"\\'];

function randomState(next: (below: number) => number): TrendsState {
  const text = () => texts[next(texts.length)] ?? 'x';
  const filters = () =>
    Array.from({ length: next(3) }, () => ({
      property: text(),
      operator: operators[next(operators.length)]?.operator ?? 'is',
      values: Array.from({ length: next(3) }, text),
    }));
  const preset = presets[next(presets.length)]?.preset ?? '7d';
  const range: Range = next(3) === 0 ? { from: '2026-10-01', to: '2026-11-0' + String(1 + next(9)) } : { preset };
  const allowed = intervalsFor(range);
  return {
    series: Array.from({ length: 1 + next(4) }, () => {
      const math = maths[next(maths.length)] ?? maths[0];
      return {
        event: next(4) === 0 ? null : text(),
        math: math?.key ?? 'total',
        property: math && math.property !== 'none' && next(3) > 0 ? text() : null,
        name: next(2) === 0 ? '' : text(),
        filters: filters(),
      };
    }),
    formulas: Array.from({ length: next(3) }, () => ({ expression: next(3) === 0 ? '' : text(), name: next(2) === 0 ? '' : text() })),
    points: (['counted', 'cumulative', 2, 366] as const)[next(4)] ?? 'counted',
    range,
    interval: allowed[next(allowed.length)] ?? 'day',
    filters: filters(),
    unit: next(3) === 0 ? text() : null,
    breakdown: { property: next(2) === 0 ? null : text(), limit: 1 + next(25) },
    compare: next(2) === 0,
    chart: next(2) === 0 ? 'line' : 'bar',
    hidden: [...new Set(Array.from({ length: next(3) }, text))],
  };
}

describe('the address of a trend', () => {
  it('is empty for the default', () => {
    expect(formatTrends(defaultTrends)).toBe('');
    expect(parseTrends('')).toEqual(defaultTrends);
  });

  it('is read as it was written, whatever the state', () => {
    const next = generator(7);
    for (let i = 0; i < 500; i++) {
      const state = randomState(next);
      expect(parseTrends(`?${formatTrends(state)}`)).toEqual(state);
    }
  });

  it('is stable when read and written again', () => {
    const next = generator(11);
    for (let i = 0; i < 200; i++) {
      const written = formatTrends(randomState(next));
      expect(formatTrends(parseTrends(written))).toBe(written);
    }
  });

  it('falls back part by part on nonsense', () => {
    const state = parseTrends('?s=nonsense&s={"event":"ok","math":"magic","of":5}&range=2026-02-30..2026-03-01&interval=eon&f=[1]&top=999&chart=pie&by=');
    expect(state.series).toEqual([{ ...newSeries, event: 'ok' }]);
    expect(state.range).toEqual({ preset: '7d' });
    expect(state.interval).toBe('day');
    expect(state.filters).toEqual([]);
    expect(state.breakdown).toEqual({ property: null, limit: 10 });
    expect(state.chart).toBe('line');
  });

  it('is bounded', () => {
    const many = Array.from({ length: 100 }, () => 's={"event":null}').join('&');
    expect(parseTrends(many).series).toHaveLength(8);
    expect(parseTrends(`s=${encodeURIComponent(JSON.stringify({ event: 'x'.repeat(5000) }))}`)).toEqual(defaultTrends);
  });

  it('never has an interval that its range cannot show', () => {
    expect(parseTrends('?range=90d&interval=minute').interval).toBe('day');
    expect(parseTrends('?range=24h&interval=minute').interval).toBe('minute');
    expect(parseTrends('?range=2026-11-05..2026-11-01').range).toEqual({ preset: '7d' });
  });
});

describe('ranges', () => {
  it('have at least one interval each, the default among them', () => {
    for (const { preset } of presets) {
      expect(intervalsFor({ preset })).toContain(defaultInterval({ preset }));
    }
    for (const [from, to] of [['2026-11-01', '2026-11-01'], ['2026-01-01', '2026-12-31'], ['2010-01-01', '2026-12-31']] as const) {
      expect(intervalsFor({ from, to })).toContain(defaultInterval({ from, to }));
    }
    expect(intervals).toHaveLength(5);
  });

  it('keep a chosen interval when it still fits', () => {
    const weekly = { ...defaultTrends, range: { preset: '30d' } as const, interval: 'week' as const };
    expect(withRange(weekly, { preset: '90d' }).interval).toBe('week');
    expect(withRange(weekly, { preset: '24h' }).interval).toBe('hour');
    expect(withRange(defaultTrends, { preset: '60min' }).interval).toBe('minute');
  });

  it('mean days where the project is', () => {
    expect(toQueryRange({ preset: 'yesterday' }, 'UTC', now)).toEqual({ from: '2026-11-22', to: '2026-11-22' });
    expect(toQueryRange({ preset: 'yesterday' }, 'Asia/Tokyo', now)).toEqual({ from: '2026-11-23', to: '2026-11-23' });
    expect(toQueryRange({ preset: '12m' }, 'UTC', now)).toEqual({ last: 12, unit: 'month' });
  });

  it('have names', () => {
    expect(rangeLabel({ preset: '7d' }, (date) => date)).toBe('Last 7 days');
    expect(rangeLabel({ from: '2026-11-01', to: '2026-11-08' }, (date) => date)).toBe('2026-11-01 – 2026-11-08');
  });
});

describe('the query of a state', () => {
  it('leaves out what is still being built', () => {
    const query = toQuery(
      {
        ...defaultTrends,
        series: [{ ...newSeries, math: 'sum' }, { ...newSeries, event: 'paid', math: 'sum', property: 'amount' }],
        filters: [
          { property: '$browser', operator: 'is', values: [] },
          { property: '$os', operator: 'is_set', values: [] },
          { property: 'amount', operator: 'greater_than', values: ['ten'] },
        ],
      },
      'UTC',
      now,
    );
    expect(query?.series).toEqual([{ event: 'paid', math: 'sum', property: 'amount', name: null, filters: [] }]);
    expect(query?.filters).toEqual([{ property: '$os', operator: 'is_set', values: [] }]);
  });

  it('is none without a series that can be asked for', () => {
    expect(toQuery({ ...defaultTrends, series: [{ ...newSeries, math: 'average' }] }, 'UTC', now)).toBeNull();
  });

  it('asks for numbers of each person, formulas and what a point is', () => {
    const state = parseTrends('?s={"event":"a","math":"p90_per_person"}&s={"event":"b","math":"weekly_active"}&formula=["B / A ","Rate"]&formula=[" "]&formula=["B"]&points=7');
    expect(toQuery(state, 'UTC', now)).toMatchObject({
      series: [{ event: 'a', math: 'p90', perPerson: true, property: null }, { event: 'b', math: 'weekly_active', property: null }],
      formulas: [{ expression: 'B / A', name: 'Rate' }, { expression: 'B', name: null }], smoothing: 7,
    });
    expect(toQuery({ ...defaultTrends, points: 'cumulative' }, 'UTC', now)).toMatchObject({ cumulative: true });
  });

  it('is none where a formula may name a series that is still being built', () => {
    const series = [newSeries, { ...newSeries, math: 'sum' as const }];
    expect(toQuery({ ...defaultTrends, series, formulas: [{ expression: 'A', name: '' }] }, 'UTC', now)).toBeNull();
    expect(toQuery({ ...defaultTrends, series }, 'UTC', now)?.series).toHaveLength(1);
  });

  it('is the documented document', () => {
    const state = parseTrends('?by=%24browser&compare=1&range=2026-11-01..2026-11-08');
    expect(toQuery(state, 'Europe/Berlin', now)).toEqual({
      kind: 'trends',
      series: [{ event: '$pageview', math: 'total', property: null, name: null, filters: [] }],
      range: { from: '2026-11-01', to: '2026-11-08' },
      interval: 'day',
      filters: [],
      breakdown: { property: '$browser', limit: 10 },
      compare: true,
    });
  });
});

describe('a map', () => {
  it('brings the breakdown that it is of, with room for every country', () => {
    const map = withChart(defaultTrends, 'map');
    expect(parseTrends(formatTrends(map))).toEqual(map);
    expect(toQuery(map, 'UTC', now)?.breakdown).toEqual({ property: '$geoip_country_code', limit: 100 });
    expect(toQuery(withChart(map, 'bar'), 'UTC', now)?.breakdown).toEqual({ property: '$geoip_country_code', limit: 10 });
  });

  it('is a line again where nothing is left to be drawn as one', () => {
    expect(withBreakdown(withChart(defaultTrends, 'map'), noBreakdown).chart).toBe('line');
    expect(parseTrends('chart=map&by=$browser').chart).toBe('line');
  });
});
