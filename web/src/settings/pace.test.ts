import { expect, it } from 'vitest';
import { addSample, describeLeft, fractionOf, paceOf, spoken, type Sample } from './pace';

const samples = (...given: [at: number, bytes: number, rows: number][]) =>
  given.reduce<readonly Sample[]>((all, [at, bytes, rows]) => addSample(all, { bytes, rows }, at), []);

it('the pace is that of the last seconds', () => {
  expect(paceOf(samples([0, 0, 0]), 1000)).toBeNull();
  expect(paceOf(samples([0, 0, 0], [500, 100, 10]), 1000)).toBeNull();
  expect(paceOf(samples([0, 0, 0], [2000, 200, 20]), 1000)).toEqual({ rowsPerSecond: 10, secondsLeft: 8 });
  expect(paceOf(samples([0, 0, 0], [20_000, 200, 20], [22_000, 400, 60]), 1000)).toEqual({ rowsPerSecond: 20, secondsLeft: 6 });
  expect(paceOf(samples([0, 0, 0], [2000, 200, 20]), null)).toEqual({ rowsPerSecond: 10, secondsLeft: null });
  expect(paceOf(samples([0, 0, 0], [2000, 0, 0]), 1000)).toEqual({ rowsPerSecond: 0, secondsLeft: null });
});

it('another file starts anew', () => {
  expect(samples([0, 900, 90], [500, 10, 1])).toEqual([{ at: 500, bytes: 10, rows: 1 }]);
});

it('a part is known only where the whole is', () => {
  expect(fractionOf({ bytes: 5, totalBytes: 10 })).toBe(0.5);
  expect(fractionOf({ bytes: 5, totalBytes: null })).toBeNull();
  expect(fractionOf({ bytes: 0, totalBytes: 0 })).toBeNull();
  expect([null, 0, 0.09, 0.1, 0.99, 1].map(spoken)).toEqual(['Importing', 'Import begun', 'Import begun', '10 % imported', '90 % imported', '100 % imported']);
});

it('the time that is left is rounded', () => {
  expect([0, 7, 31, 58, 89, 200, 3500, 9000].map((seconds) => describeLeft(seconds, 'en'))).toEqual([
    'a few seconds left', 'about 10 seconds left', 'about 35 seconds left', 'about a minute left', 'about a minute left', 'about 3 minutes left', 'about 58 minutes left', 'about 3 hours left',
  ]);
});
