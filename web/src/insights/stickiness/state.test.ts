import { describe, expect, it } from 'vitest';
import type { StickinessResult } from '../../api/types';
import { stickinessChart } from './chart';
import { defaultStickiness, formatStickiness, parseStickiness, toStickinessQuery } from './state';

describe('the address of stickiness', () => {
  it('means the state that it was made of', () => {
    for (const search of ['', 's=%7B%22event%22%3A%22a+%26%22%7D&s=%7B%22event%22%3Anull%2C%22where%22%3A%5B%5B%22x%22%2C%22is%22%2C%221%22%5D%5D%7D&interval=week&cumulative=1&range=30d&by=%24browser&top=3&hide=0%3A%3DChrome']) {
      expect(formatStickiness(parseStickiness(search))).toBe(search);
    }
  });

  it('falls back part by part, and is bounded', () => {
    expect(parseStickiness('?s=nonsense&interval=minute&cumulative=yes&range=never')).toEqual(defaultStickiness);
    expect(parseStickiness(`?${Array.from({ length: 20 }, () => 's={"event":"a"}').join('&')}`).series).toHaveLength(4);
  });

  it('asks for what it says', () => {
    expect(toStickinessQuery(parseStickiness('?s={"event":"a"}&cumulative=1&range=24h'), 'UTC', new Date('2026-11-23T12:00:00Z'))).toEqual({
      kind: 'stickiness', series: [{ event: 'a', name: null, filters: [] }], range: { last: 24, unit: 'hour' }, interval: 'hour', cumulative: true, filters: [], breakdown: null,
    });
    expect(toStickinessQuery(parseStickiness('?by=person.plan&top=3'), 'UTC', new Date('2026-11-23T12:00:00Z')).breakdown).toEqual({ property: 'person.plan', limit: 3 });
  });
});

describe('the chart of stickiness with a breakdown', () => {
  it('has a line for each value, named by it, and by its series where there are several', () => {
    const line = (series: number, breakdown: string | null) => ({ series, name: 'a', persons: 3, values: [2, 1, 0], breakdown });
    const result: StickinessResult = {
      kind: 'stickiness', timeZone: 'UTC', interval: 'day', cumulative: false, intervals: 3, dataVersion: 1, computedAt: '2026-11-23T12:00:00Z', elapsedMs: 1,
      series: [line(0, 'x'), line(0, null), line(0, '$other')],
    };
    const breakdown = { property: 'plan', limit: 2 };
    const event = { event: 'a', name: null, filters: [] };
    const chart = stickinessChart(result, { breakdown, series: [event] }, ['0:']);
    expect(chart.series.map((one) => [one.key, one.label, one.hidden])).toEqual([['0:=x', 'x', false], ['0:', '(none)', true], ['0:=$other', 'Other', false]]);
    expect(chart.names?.map((one) => one.long)).toEqual(['exactly 1 day', 'exactly 2 days', 'exactly 3 days']);
    expect(stickinessChart({ ...result, series: [line(1, 'x')] }, { breakdown, series: [event, event] }, []).series[0]?.label).toBe('a · x');
  });
});
