import { describe, expect, it } from 'vitest';
import { growing } from '../../dev/capacity.mjs';
import type { FlowHeadroom, WallForecast } from './types';
import {
  basisText, busyOf, costText, daysText, formatAmount, formatDays, formatDemand, formatPair, formatPercent, formatTimes, formatTimesRange, gaugeFigure, gaugeLevel, growthText, nothingText,
  resourceInText, resourceName, saturationText, severityLevel, wallText,
} from './words';

const estimate = (value: number, low = value, high = value) => ({ value, low, high });
const flow = (changed: Partial<FlowHeadroom> = {}): FlowHeadroom => ({
  flow: 'ingest', unit: 'events/s', load: 6240, ceiling: estimate(13_100, 11_900, 14_600), headroom: estimate(2.1, 1.9, 2.34), binding: 'writer', basis: 'observed', daysLeft: null, p99: 0.0042, ...changed,
});

describe('headroom', () => {
  it('is told as so many times, never more than there is', () => {
    expect([0.4, 1.04, 1.99, 3.2, 9.94, 10.4, 62, 99.6, 1354].map((one) => formatTimes(one, 'en'))).toEqual(['0.4×', '1.0×', '1.9×', '3.2×', '9.9×', '10×', '62×', '>99×', '>99×']);
  });

  it('has its range beside it, unless both ends read the same', () => {
    expect(formatTimesRange(estimate(3.2, 2.8, 3.7), 'en')).toBe('2.8–3.7×');
    expect(formatTimesRange(estimate(2.14), 'en')).toBeNull();
  });

  it('is a figure, the load and the ceiling', () => {
    expect(gaugeFigure(flow(), 'en')).toEqual({ figure: '2.1×', range: '1.9–2.3×', line: '6,240 of 13,100 events/s' });
    expect(gaugeFigure(flow({ unit: 'bytes', load: 31e6, ceiling: estimate(42e9), headroom: estimate(1354) }), 'en').line).toBe('31 MB of 42 GB');
  });

  it('is not made up where it is not known', () => {
    expect(gaugeFigure(flow({ ceiling: null, headroom: null, binding: null, load: 0.4 }), 'en')).toEqual({ figure: '–', range: null, line: '0.4 events/s now; the ceiling is not known yet' });
    expect(gaugeFigure(flow({ ceiling: null, headroom: null, binding: null, load: 0 }), 'en').line).toBe('Nothing is going on now');
    expect(gaugeFigure(flow({ headroom: null, load: 0 }), 'en').line).toBe('Nothing is going on now; it takes up to 13,100 events/s');
  });

  it('is seen at a glance', () => {
    const level = (value: number, days?: number) => gaugeLevel(flow({ headroom: estimate(value), daysLeft: days === undefined ? null : estimate(days) }));
    expect([level(3), level(2), level(1.99), level(1.2), level(1.19), level(3, 29), level(3, 6)]).toEqual(['good', 'good', 'soon', 'soon', 'now', 'soon', 'now']);
    expect([1.5, 1.1].map((value) => gaugeLevel(flow({ flow: 'storage', headroom: estimate(value) })))).toEqual(['good', 'soon']);
    expect(gaugeLevel(flow({ headroom: null }))).toBe('unknown');
    expect([0, 1, 2].map(severityLevel)).toEqual(['good', 'soon', 'now']);
  });

  it('says what it rests on', () => {
    expect(basisText(flow())).toBe('From observed service demand; headroom calibrate measures it.');
    expect(basisText(flow({ basis: 'calibrated' }))).toContain('Measured on this machine');
    expect(basisText(flow({ flow: 'storage' }))).toBe('From what is stored and the room on the disk.');
  });
});

it('amounts have their unit', () => {
  expect(formatAmount(840e9, 'bytes', 'en')).toBe('840 GB');
  expect(formatAmount(0.628, 'share', 'en')).toBe('63%');
  expect(formatAmount(12_345.6, 'events/s', 'en')).toBe('12,300 events/s');
  expect(formatAmount(1.84, 'queries/s', 'en')).toBe('1.8 queries/s');
  expect(formatAmount(2, '', 'en')).toBe('2');
  expect(formatAmount(0.027, 's', 'en')).toBe('27 ms');
  expect(formatAmount(2.13, 's', 'en')).toBe('2.1 s');
  expect(formatPair(8080, 11_200, 'events/s', '–', 'en')).toBe('8,080–11,200 events/s');
  expect(formatPair(900e6, 2e9, 'bytes', '–', 'en')).toBe('900 MB–2 GB');
  expect(formatPair(1, 2, '', '–', 'en')).toBe('1–2');
});

it('small things are not told as nothing', () => {
  expect([0, 0.001, 0.31, 0.996].map((one) => formatPercent(one, 'en'))).toEqual(['0%', '<1%', '31%', '100%']);
  expect([null, 76.3e-6, 0.0813, 2.1].map((one) => formatDemand(one, 'en'))).toEqual(['–', '76 µs', '81 ms', '2.1 s']);
  expect(saturationText({ saturation: 0, saturationUnit: 'events' }, 'en')).toBe('Nothing waits');
  expect(saturationText({ saturation: 84_000, saturationUnit: 'bytes of log waiting' }, 'en')).toBe('84 kB of log waiting');
  expect(saturationText({ saturation: 0.3, saturationUnit: 'share of answers missed' }, 'en')).toBe('30% of answers missed');
  expect(saturationText({ saturation: 1240, saturationUnit: 'events' }, 'en')).toBe('1,240 events');
});

it('time is told as far as it is known', () => {
  expect([0.3, 1, 45, 138, 400, 1_000, 9_000].map((one) => formatDays(one, 'en'))).toEqual(['less than a day', '1 day', '45 days', '5 months', '13 months', '3 years', 'more than 10 years']);
  expect(daysText(estimate(138, 112, 171), 'en')).toBe('Full in 5 months as it grows now (4 months to 6 months)');
  expect(daysText(estimate(20), 'en')).toBe('Full in 20 days as it grows now');
});

it('costs are told as what they add', () => {
  expect([null, 0, 61.32, 1240, -35].map((one) => costText(one, 'en'))).toEqual(['Cost not known', 'Costs nothing', '$61.32 more a month', '$1,240 more a month', '$35 less a month']);
});

it('parts are busy by their utilisation', () => {
  expect([0, 0.004, 0.31, 0.6, 0.79, 0.8, 1.2].map(busyOf)).toEqual(['idle', 'idle', 'calm', 'busy', 'busy', 'full', 'full']);
});

it('a resource that the page does not know keeps its own name', () => {
  expect([resourceName('fsync'), resourceInText('writer'), resourceName('gpu_time'), resourceInText('gpu_time')]).toEqual(['Disk of the log', 'the Writer’s thread', 'Gpu time', 'gpu time']);
});

describe('the wall', () => {
  const wall = (changed: Partial<WallForecast> = {}): WallForecast => {
    const first = growing.walls[0];
    if (!first) throw new Error('The fixture has no wall.');
    return { ...first, median: '2027-02-14', early: '2027-01-25', late: '2027-03-16', ...changed };
  };

  it('is a day with a range', () => {
    expect(wallText(wall(), 'en')).toBe('The load grows by 6.1% a week. It meets its wall, the Writer’s thread, around Feb 14, 2027, most likely between Jan 25, 2027 and Mar 16, 2027.');
    expect(wallText(wall({ late: null }), 'en')).toContain('around Feb 14, 2027, at the earliest around Jan 25, 2027.');
  });

  it('may be far away', () => {
    expect(wallText(wall({ median: null, early: null, late: null, growthPerWeek: 0 }), 'en')).toBe('The load stays about the same. The wall, the Writer’s thread, is more than two years away.');
    expect(wallText(wall({ median: null, late: null }), 'en')).toContain('One forecast in twenty meets it before Jan 25, 2027.');
  });

  it('is not made up where there is no forecast', () => {
    expect(wallText(wall({ days: [], basis: 'A forecast needs two weeks of load; there are 3 days.' }), 'en')).toBe('A forecast needs two weeks of load; there are 3 days.');
    expect(growthText(-0.02, 'en')).toBe('The load falls by 2% a week.');
  });
});

it('no advice is good news only where nothing is wrong', () => {
  expect(nothingText({ severity: 0, flows: [flow()] })).toMatchObject({ title: 'Nothing is needed', good: true });
  expect(nothingText({ severity: 0, flows: [flow({ basis: 'not_enough_load' })] }).text).toContain('so far');
  expect(nothingText({ severity: 2, flows: [flow()] })).toMatchObject({ title: 'Nothing to advise', good: false });
});
