import { describe, expect, it } from 'vitest';
import { operators } from '../../state/filters';
import { intervalsFor, presets, type Range } from '../../state/range';
import {
  addExclusion,
  attributions,
  defaultFunnel,
  formatFunnel,
  funnelViews,
  moveStep,
  newStep,
  orders,
  parseFunnel,
  removeStep,
  toFunnelQuery,
  windowUnits,
  type FunnelState,
} from './state';

const now = new Date('2026-11-23T12:00:00Z');

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const texts = ['$pageview', 'Sign up & go', '日本語', '100%', 'a=b&c', '["x"]', '+plus +', '#hash', 'quote"\\'];

function randomState(next: (below: number) => number): FunnelState {
  const text = () => texts[next(texts.length)] ?? 'x';
  const event = () => [undefined, null, text(), text()][next(4)];
  const filters = () =>
    Array.from({ length: next(3) }, () => ({
      property: text(),
      operator: operators[next(operators.length)]?.operator ?? 'is',
      values: Array.from({ length: next(3) }, text),
    }));
  const range: Range = next(3) === 0 ? { from: '2026-10-01', to: '2026-11-09' } : { preset: presets[next(presets.length)]?.preset ?? '7d' };
  const allowed = intervalsFor(range);
  const count = 2 + next(4);
  const attribution = attributions[next(attributions.length)]?.attribution ?? 'first_touch';
  return {
    steps: Array.from({ length: count }, () => ({ event: event(), name: next(2) === 0 ? '' : text(), optional: next(2) === 0, filters: filters() })),
    exclusions: Array.from({ length: next(3) }, () => {
      const from = next(count - 1);
      return { event: event(), from, to: from + 1 + next(count - 1 - from), filters: filters() };
    }),
    order: orders[next(orders.length)]?.order ?? 'ordered',
    window: { count: 1 + next(52), unit: windowUnits[next(windowUnits.length)]?.unit ?? 'day' },
    range,
    filters: filters(),
    unit: next(3) === 0 ? text() : null,
    breakdown: { property: next(2) === 0 ? null : text(), limit: 1 + next(25) },
    attribution,
    attributionStep: attribution === 'step' ? next(count) : 0,
    view: funnelViews[next(funnelViews.length)]?.view ?? 'steps',
    interval: allowed[next(allowed.length)] ?? 'day',
    hidden: next(2) === 0 ? [] : ['none', '=Chrome'],
  };
}

describe('the address of a funnel', () => {
  it('means the state that it was made of', () => {
    const next = generator(7);
    for (let i = 0; i < 500; i++) {
      const state = randomState(next);
      expect(parseFunnel(`?${formatFunnel(state)}`)).toEqual(state);
    }
  });

  it('is empty by default', () => {
    expect(formatFunnel(defaultFunnel)).toBe('');
    expect(parseFunnel('')).toEqual(defaultFunnel);
  });

  it('falls back part by part', () => {
    const state = parseFunnel(
      '?s=nonsense&s={"event":"a"}&s={"event":5}&s={"event":"b"}&x={"event":"z","between":[2,1]}&x={"event":"z","between":[1,9]}&x={"between":["1",2]}' +
        '&x={"event":"z","between":[1,2]}&order=sideways&within=99999week&of=step:77&view=pie&interval=eon',
    );
    expect(state.steps.map((one) => one.event)).toEqual(['a', 'b']);
    expect(state.exclusions).toEqual([{ event: 'z', from: 0, to: 1, filters: [] }]);
    expect(state).toMatchObject({ order: 'ordered', window: { count: 14, unit: 'day' }, attributionStep: 0, view: 'steps', interval: 'day' });
    expect(parseFunnel('?s={"event":"alone"}').steps).toEqual(defaultFunnel.steps);
  });

  it('is bounded', () => {
    const many = Array.from({ length: 100 }, () => 's={"event":"a"}').join('&');
    const exclusions = Array.from({ length: 100 }, () => 'x={"event":"a","between":[1,2]}').join('&');
    expect(parseFunnel(`?${many}&${exclusions}`).steps).toHaveLength(12);
    expect(parseFunnel(`?${many}&${exclusions}`).exclusions).toHaveLength(5);
  });
});

const named = (...names: (string | undefined)[]): FunnelState => ({ ...defaultFunnel, steps: names.map((event) => ({ ...newStep, event })) });
const order = (state: FunnelState) => state.steps.map((one) => one.event).join('');

describe('steps', () => {
  it('are moved to either side and never out of the list', () => {
    expect(order(moveStep(named('a', 'b', 'c', 'd'), 0, 2))).toBe('bcad');
    expect(order(moveStep(named('a', 'b', 'c', 'd'), 3, 1))).toBe('adbc');
    expect(order(moveStep(named('a', 'b'), 0, -1))).toBe('ab');
    expect(order(moveStep(named('a', 'b'), 1, 2))).toBe('ab');
  });

  it('that go take nothing out of bounds with them', () => {
    const state = { ...addExclusion(named('a', 'b', 'c')), attributionStep: 2 };
    expect(state.exclusions).toEqual([{ event: undefined, from: 0, to: 2, filters: [] }]);
    const fewer = removeStep(state, 2);
    expect(fewer.exclusions).toEqual([{ event: undefined, from: 0, to: 1, filters: [] }]);
    expect(fewer.attributionStep).toBe(1);
    const late = { ...state, exclusions: [{ event: 'x', from: 1, to: 2, filters: [] }] };
    expect(removeStep(late, 0).exclusions).toEqual([{ event: 'x', from: 0, to: 1, filters: [] }]);
  });
});

describe('the query of a funnel', () => {
  it('is none without two chosen steps', () => {
    expect(toFunnelQuery(defaultFunnel, 'UTC', now)).toBeNull();
    expect(toFunnelQuery(named('a', undefined, undefined), 'UTC', now)).toBeNull();
  });

  it('leaves out what is not chosen, and what names it', () => {
    const state: FunnelState = {
      ...named('a', undefined, 'c', 'd'),
      exclusions: [
        { event: 'x', from: 0, to: 2, filters: [] },
        { event: 'x', from: 0, to: 1, filters: [] },
        { event: undefined, from: 0, to: 3, filters: [] },
      ],
      breakdown: { property: '$os', limit: 5 },
      attribution: 'step',
      attributionStep: 3,
    };
    const query = toFunnelQuery(state, 'UTC', now);
    expect(query?.steps.map((one) => one.event)).toEqual(['a', 'c', 'd']);
    expect(query?.exclusions.map((one) => [one.fromStep, one.toStep])).toEqual([[1, 2]]);
    expect(query?.breakdown).toEqual({ property: '$os', limit: 5, attribution: 'step', step: 3 });
    expect(toFunnelQuery({ ...state, attributionStep: 1 }, 'UTC', now)?.breakdown).toEqual({ property: '$os', limit: 5, attribution: 'first_touch', step: null });
  });

  it('has optional steps only between the first and the last of an ordered funnel', () => {
    const all = named('a', 'b', 'c');
    const optional = { ...all, steps: all.steps.map((one) => ({ ...one, optional: true })) };
    expect(toFunnelQuery(optional, 'UTC', now)?.steps.map((one) => one.optional)).toEqual([false, true, false]);
    expect(toFunnelQuery({ ...optional, order: 'strict' }, 'UTC', now)?.steps.map((one) => one.optional)).toEqual([false, false, false]);
  });

  it('is the documented document', () => {
    const state = parseFunnel('?s={"event":"$pageview"}&s={"event":null,"name":"Any","where":[["plan","is","pro"],["x","is"]]}&range=2026-11-01..2026-11-08&within=3hour&view=over_time&interval=week');
    expect(toFunnelQuery(state, 'Europe/Berlin', now)).toEqual({
      kind: 'funnel',
      steps: [
        { event: '$pageview', name: null, optional: false, filters: [] },
        { event: null, name: 'Any', optional: false, filters: [{ property: 'plan', operator: 'is', values: ['pro'] }] },
      ],
      exclusions: [],
      order: 'ordered',
      window: { count: 3, unit: 'hour' },
      range: { from: '2026-11-01', to: '2026-11-08' },
      filters: [],
      breakdown: null,
      view: 'over_time',
      interval: 'week',
    });
  });
});
