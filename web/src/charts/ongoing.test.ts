import { describe, expect, it } from 'vitest';
import { ongoingFrom } from './ongoing';

const days = ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z'];

describe('the bucket that is still filling', () => {
  it('is the one that holds the present', () => {
    expect(ongoingFrom(days, 'day', '2026-11-03T12:00:00Z')).toBe(2);
    expect(ongoingFrom(days, 'day', '2026-11-02T12:00:00Z')).toBe(1);
  });

  it('is none in the past', () => {
    expect(ongoingFrom(days, 'day', '2026-11-04T00:00:00Z')).toBe(3);
    expect(ongoingFrom([], 'day', '2026-11-04T00:00:00Z')).toBe(0);
  });
});
