import { describe, expect, it } from 'vitest';
import { formatDuration, formatShare } from './rates';

describe('a share', () => {
  it.each([
    [0, '0%'], [1, '100%'], [0.1234, '12.3%'], [0.5, '50.0%'], [0.0004, '<0.1%'], [0.99960, '>99.9%'], [0.9994, '99.9%'], [null, '–'], [Number.NaN, '–'],
  ])('%s is %s', (value, text) => expect(formatShare(value, 'en')).toBe(text));
});

describe('a length of time', () => {
  it.each([
    [0, '0 s'], [0.4, '<1 s'], [1, '1 s'], [59.4, '59 s'], [59.6, '1 min'], [60, '1 min'], [130, '2 min 10 s'], [3599.7, '1 h'],
    [3600, '1 h'], [3661, '1 h 1 min'], [86_399, '1 d'], [86_400, '1 d'], [100_000, '1 d 4 h'], [10 * 86_400 + 3600, '10 d 1 h'], [null, '–'],
  ])('of %s seconds is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});
