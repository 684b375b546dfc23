import { expect, test } from 'vitest';
import { pinned } from './range';

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
