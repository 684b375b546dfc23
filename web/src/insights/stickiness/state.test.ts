import { describe, expect, it } from 'vitest';
import { defaultStickiness, formatStickiness, parseStickiness, toStickinessQuery } from './state';

describe('the address of stickiness', () => {
  it('means the state that it was made of', () => {
    for (const search of ['', 's=%7B%22event%22%3A%22a+%26%22%7D&s=%7B%22event%22%3Anull%2C%22where%22%3A%5B%5B%22x%22%2C%22is%22%2C%221%22%5D%5D%7D&interval=week&cumulative=1&range=30d']) {
      expect(formatStickiness(parseStickiness(search))).toBe(search);
    }
  });

  it('falls back part by part, and is bounded', () => {
    expect(parseStickiness('?s=nonsense&interval=minute&cumulative=yes&range=never')).toEqual(defaultStickiness);
    expect(parseStickiness(`?${Array.from({ length: 20 }, () => 's={"event":"a"}').join('&')}`).series).toHaveLength(4);
  });

  it('asks for what it says', () => {
    expect(toStickinessQuery(parseStickiness('?s={"event":"a"}&cumulative=1&range=24h'), 'UTC', new Date('2026-11-23T12:00:00Z'))).toEqual({
      kind: 'stickiness', series: [{ event: 'a', name: null, filters: [] }], range: { last: 24, unit: 'hour' }, interval: 'hour', cumulative: true, filters: [],
    });
  });
});
