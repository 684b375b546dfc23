import { describe, expect, it } from 'vitest';
import type { TrendsQuery, TrendsResult } from '../../api/types';
import { summarise, toCsv } from '../../charts/series';
import { chartData, seriesKey } from './chart';

const query: TrendsQuery = {
  kind: 'trends',
  series: [{ event: '$pageview', math: 'total', property: null, name: null, filters: [] }],
  range: { from: '2026-11-01', to: '2026-11-03' },
  interval: 'day',
  filters: [],
  breakdown: { property: '$browser', limit: 2 },
  compare: true,
};

const result: TrendsResult = {
  kind: 'trends',
  timeZone: 'Europe/Berlin',
  interval: 'day',
  buckets: ['2026-10-31T23:00:00Z', '2026-11-01T23:00:00Z', '2026-11-02T23:00:00Z'],
  series: [
    { series: 0, name: '$pageview', breakdown: 'Chrome', values: [12, 0, 7], total: 19, compare: { values: [3, 4, 3], total: 10 } },
    { series: 0, name: '$pageview', breakdown: null, values: [1, null, 2], total: 3, compare: { values: [0, 0, 0], total: 0 } },
    { series: 0, name: '$pageview', breakdown: '$other', values: [1, 1, 1], total: 3, compare: null },
  ],
  compareBuckets: ['2026-10-28T23:00:00Z', '2026-10-29T23:00:00Z', '2026-10-30T23:00:00Z'],
  dataVersion: 1,
  computedAt: '2026-11-03T12:00:00Z',
  elapsedMs: 3,
};

describe('series of a chart', () => {
  it('are named by their breakdown when there is one event', () => {
    expect(chartData(result, query, []).series.map((one) => one.label)).toEqual(['Chrome', '(none)', 'Other']);
  });

  it('are named by event and breakdown when there are several', () => {
    const two: TrendsQuery = { ...query, series: [...query.series, { event: 'paid', math: 'sum', property: 'amount', name: null, filters: [] }] };
    const both: TrendsResult = { ...result, series: [...result.series, { series: 1, name: 'paid', breakdown: 'Chrome', values: [1, 2, 3], total: 6 }] };
    expect(chartData(both, two, []).series.map((one) => one.label)).toEqual([
      'Page view · Chrome', 'Page view · (none)', 'Page view · Other', 'paid, sum of amount · Chrome',
    ]);
  });

  it('keep apart what was sent and what was not', () => {
    expect(new Set(result.series.map(seriesKey)).size).toBe(3);
    const empty = seriesKey({ series: 0, name: '', breakdown: '', values: [], total: 0 });
    const none = seriesKey({ series: 0, name: '', breakdown: null, values: [], total: 0 });
    expect(empty).not.toBe(none);
  });

  it('keep their colours when one is hidden, and grey is for the rest', () => {
    const all = chartData(result, query, []).series.map((one) => one.color);
    const some = chartData(result, query, [seriesKey(result.series[0] ?? { series: 9, name: '', values: [], total: 0 })]);
    expect(some.series.map((one) => one.color)).toEqual(all);
    expect(some.series.map((one) => one.hidden)).toEqual([true, false, false]);
    expect(all[2]).toBe('var(--series-other)');
  });

  it('add up only when they are counts or sums', () => {
    expect(chartData(result, query, []).additive).toBe(true);
    const persons: TrendsQuery = { ...query, series: query.series.map((one) => ({ ...one, math: 'unique_persons' as const })) };
    expect(chartData(result, persons, []).additive).toBe(false);
  });
});

describe('a chart in words', () => {
  it('says range, totals, change and peak', () => {
    expect(summarise(chartData(result, query, []), 'en-GB')).toBe(
      'By day, from Sun, 1 Nov 2026 to Tue, 3 Nov 2026. ' +
        'Chrome: 19 in total, +90% on the period before, highest with 12 at Sun, 1 Nov 2026. ' +
        '(none): 3 in total, highest with 2 at Tue, 3 Nov 2026. ' +
        'Other: 3 in total, highest with 1 at Sun, 1 Nov 2026.',
    );
  });

  it('says so when nothing is shown', () => {
    expect(summarise(chartData({ ...result, series: [] }, query, []))).toBe('Nothing is shown.');
  });
});

describe('a chart as comma-separated values', () => {
  it('quotes, and disarms formulas', () => {
    const data = chartData(result, query, []);
    const renamed = { ...data, series: data.series.map((one, index) => ({ ...one, label: ['=cmd()', 'a "b", c', 'd'][index] ?? '' })) };
    expect(toCsv(renamed).split('\r\n').slice(0, 3)).toEqual([
      `bucket,'=cmd(),"a ""b"", c",d`,
      '2026-10-31T23:00:00Z,12,1,1',
      '2026-11-01T23:00:00Z,0,,1',
    ]);
  });
});

it('tells who is in a cohort from who is not', () => {
  const asked = { ...query, breakdown: { property: 'cohort.3', limit: 5 } };
  const broken = { ...result, series: ['true', 'false'].map((breakdown) => ({ series: 0, name: '$pageview', breakdown, values: [1, 2, 3], total: 6 })) };
  expect(chartData(broken, asked, []).series.map((one) => one.label)).toEqual(['In the cohort', 'Not in the cohort']);
});
