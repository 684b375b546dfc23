import { describe, expect, it } from 'vitest';
import { marks, shownIn } from './marks';

const chart = { buckets: ['2026-11-23T00:00:00+01:00', '2026-11-24T00:00:00+01:00', '2026-11-25T00:00:00+01:00'], interval: 'day' as const };
const at = (instant: string, text = instant) => ({ at: instant, text });

describe('annotations in a chart', () => {
  it('stand in the bucket of their time', () => {
    const shown = shownIn([at('2026-11-22T23:00:00Z'), at('2026-11-24T22:59:59Z'), at('2026-11-24T23:00:00Z'), at('2026-11-25T22:59:00Z')], chart);
    expect(shown.map((one) => one.bucket)).toEqual([0, 1, 2, 2]);
  });

  it('are left out before its first bucket and after its last', () => {
    expect(shownIn([at('2026-11-22T22:59:59Z'), at('2026-11-25T23:00:00Z')], chart)).toEqual([]);
    expect(shownIn([at('2026-11-24T12:00:00Z')], { ...chart, buckets: [] })).toEqual([]);
  });

  it('of one bucket are one mark', () => {
    const shown = shownIn([at('2026-11-23T10:00:00Z', 'a'), at('2026-11-23T11:00:00Z', 'b'), at('2026-11-24T11:00:00Z', 'c')], chart);
    expect(marks(shown)).toEqual([{ bucket: 0, texts: ['a', 'b'] }, { bucket: 1, texts: ['c'] }]);
  });
});
