import { describe, expect, it } from 'vitest';
import { defaultEvents, formatEvents, lastDays, parseEvents, type EventsState } from './events';
import { cohortId, describeFilter, inCohort, isComplete, withOperator, withProperty } from './filters';

describe('the address of the events', () => {
  it('is empty for the default', () => {
    expect(formatEvents(defaultEvents)).toBe('');
    expect(parseEvents('')).toEqual(defaultEvents);
  });

  it('is read as it was written', () => {
    const state: EventsState = {
      event: 'Order & pay',
      filters: [{ property: '$browser', operator: 'is_not', values: ['Chrome', 'a"b'] }],
      from: '2026-11-01',
      to: '2026-11-03',
      open: '018f-uuid',
    };
    expect(parseEvents(`?${formatEvents(state)}`)).toEqual(state);
  });

  it('drops what makes no sense', () => {
    expect(parseEvents('?from=2026-11-05&to=2026-11-01&f=[]&f=["a","like","b"]&event=')).toEqual({
      ...defaultEvents,
      from: '2026-11-05',
    });
  });

  it('counts today among the last days', () => {
    expect(lastDays(7, '2026-11-07')).toEqual({ from: '2026-11-01', to: '2026-11-07' });
  });
});

describe('filters', () => {
  it('are complete with the values their operator needs', () => {
    expect(isComplete({ property: 'a', operator: 'is', values: [] })).toBe(false);
    expect(isComplete({ property: 'a', operator: 'is_set', values: [] })).toBe(true);
    expect(isComplete({ property: 'a', operator: 'less_than', values: ['-1.5e3'] })).toBe(true);
    expect(isComplete({ property: 'a', operator: 'less_than', values: [' '] })).toBe(false);
  });

  it('keep the values that fit another operator', () => {
    const filter = { property: 'a', operator: 'is' as const, values: ['x', 'y'] };
    expect(withOperator(filter, 'contains').values).toEqual(['x']);
    expect(withOperator(filter, 'is_not').values).toEqual(['x', 'y']);
    expect(withOperator(filter, 'is_set').values).toEqual([]);
  });

  it('say what they do', () => {
    expect(describeFilter({ property: 'a', operator: 'greater_than', values: ['5'] }, (name) => name)).toBe('a greater than 5');
    expect(describeFilter({ property: 'a', operator: 'is', values: ['x', ''] }, (name) => name)).toBe('a is x or (empty)');
    expect(describeFilter({ property: 'a', operator: 'is_set', values: [] }, (name) => name)).toBe('a is set');
  });
});

describe('a filter by a cohort', () => {
  it('is a property with a value of its own', () => {
    expect(['cohort.12', 'cohort.', 'cohort.x', 'plan'].map(cohortId)).toEqual([12, null, null, null]);
    expect(withProperty({ property: 'plan', operator: 'contains', values: ['x'] }, 'cohort.12')).toEqual(inCohort(12));
    expect(withProperty({ property: 'cohort.1', operator: 'is_not', values: ['true'] }, 'cohort.12')).toEqual({ ...inCohort(12), operator: 'is_not' });
    expect(withProperty(inCohort(12), 'plan')).toEqual({ property: 'plan', operator: 'is', values: [] });
    expect(isComplete(inCohort(12))).toBe(true);
    expect(describeFilter(inCohort(12), (name) => name)).toBe('in cohort 12');
  });
});
