import { describe, expect, it, test } from 'vitest';
import { daysOf, pinned } from './range';

const at = new Date('2026-11-24T23:40:30Z');

test('a relative range of days is the days it was in the project’s time zone', () => {
  expect(pinned({ last: 7, unit: 'day' }, 'UTC', at)).toEqual({ from: '2026-11-18', to: '2026-11-24' });
  expect(pinned({ last: 7, unit: 'day' }, 'Europe/Berlin', at)).toEqual({ from: '2026-11-19', to: '2026-11-25' });
});

test('a relative range of hours and minutes is the instants it was, by the clock of the zone', () => {
  expect(pinned({ last: 24, unit: 'hour' }, 'UTC', at)).toEqual({ from: '2026-11-24T00:00:00.000Z', to: '2026-11-25T00:00:00.000Z' });
  expect(pinned({ last: 2, unit: 'hour' }, 'Asia/Kolkata', at)).toEqual({ from: '2026-11-24T22:30:00.000Z', to: '2026-11-25T00:30:00.000Z' });
  expect(pinned({ last: 60, unit: 'minute' }, 'UTC', at)).toEqual({ from: '2026-11-24T22:41:00.000Z', to: '2026-11-24T23:41:00.000Z' });
});

test('months and calendar dates stay as they are', () => {
  expect(pinned({ last: 12, unit: 'month' }, 'UTC', at)).toEqual({ last: 12, unit: 'month' });
  expect(pinned({ from: '2026-11-01', to: '2026-11-03' }, 'UTC', at)).toEqual({ from: '2026-11-01', to: '2026-11-03' });
});

describe('a stretch of a chart', () => {
  const now = new Date('2026-11-25T12:00:00Z');

  it('is of whole days of the zone, both included', () => {
    const days = ['2026-11-18T23:00:00Z', '2026-11-19T23:00:00Z', '2026-11-20T23:00:00Z'];
    expect(daysOf(days, 'day', 0, 1, 'Europe/Berlin', now)).toEqual({ from: '2026-11-19', to: '2026-11-20' });
    expect(daysOf(days, 'day', 2, 2, 'Europe/Berlin', now)).toEqual({ from: '2026-11-21', to: '2026-11-21' });
    expect(daysOf(['2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z'], 'hour', 0, 1, 'UTC', now)).toEqual({ from: '2026-11-20', to: '2026-11-20' });
    expect(daysOf(days, 'day', 0, 3, 'UTC', now)).toBeNull();
  });

  it('ends with its last week or month, or today', () => {
    expect(daysOf(['2026-10-26T00:00:00Z', '2026-11-02T00:00:00Z'], 'week', 0, 1, 'UTC', now)).toEqual({ from: '2026-10-26', to: '2026-11-08' });
    expect(daysOf(['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'], 'month', 1, 1, 'UTC', now)).toEqual({ from: '2026-02-01', to: '2026-02-28' });
    expect(daysOf(['2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z'], 'month', 1, 1, 'UTC', now)).toEqual({ from: '2026-11-01', to: '2026-11-25' });
  });
});
