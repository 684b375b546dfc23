import { describe, expect, it } from 'vitest';
import { apart, full, growing, historyOf, quiet } from '../../dev/capacity.mjs';
import { bindingText, bindsText, chainOf, endText, ofProcess } from './chain';
import { historyText, runs, thin, timeLabel } from './history';
import { dials, firstPlan, fromSlider, nudge, parseTyped, rateOf, round, sliderSteps, toSlider, type Dial } from './plan';
import { fittedAt, peakConcurrency, scalingText } from './scaling';
import { parseState, writeState } from './state';
import { dayText, dayTime, frameOf, lastPast, nearestDay, parts, summarise } from './trend';
import type { WallForecast } from './types';

const dial = (key: Dial['key']): Dial => {
  const found = dials.find((one) => one.key === key);
  if (!found) throw new Error(`There is no dial ${key}.`);
  return found;
};

describe('the chain', () => {
  it('has every resource once, in the order of an event’s way', () => {
    const { chain, shared } = chainOf(growing);
    expect(chain.map((one) => one.id)).toEqual(['sdk', 'capture', 'log', 'writer', 'store', 'queries', 'app']);
    const shown = [...chain, ...(shared ? [shared] : [])].flatMap((one) => one.resources.map((resource) => resource.name));
    expect(shown.toSorted()).toEqual(growing.resources.map((one) => one.name).toSorted());
  });

  it('is as full as the fullest of a part’s resources, and a full cache is none', () => {
    const queries = chainOf(growing).chain.find((one) => one.id === 'queries');
    expect(queries).toMatchObject({ utilisation: 0.15, fullest: 'query_cpu', busy: 'calm', errorsPerSecond: 0.02 });
    expect(chainOf(full).chain.map((one) => one.busy)).toEqual([null, 'full', 'busy', 'full', 'calm', 'calm', null]);
  });

  it('names what breaks first', () => {
    const writer = chainOf(growing).chain.find((one) => one.id === 'writer');
    const store = chainOf(growing).chain.find((one) => one.id === 'store');
    expect([writer && bindsText(writer), store && bindsText(store)]).toEqual(['Thread of the Writer, for ingest', 'Room on the disk, for storage']);
    expect(bindingText(growing.flows)).toBe('What breaks first: the Writer’s thread for ingest, the processor time of queries for queries, the room on the disk for storage.');
    expect(bindingText([])).toBe('What breaks first cannot be said yet.');
    expect([endText('sdk', growing.flows, 'en'), endText('app', growing.flows, 'en'), endText('app', [], 'en')]).toEqual(['6,240 events/s', '1.8 queries/s', null]);
  });

  it('is that of one process where one is chosen that is there', () => {
    const names = (process: string | null) => ofProcess(apart, process).resources.map((one) => `${one.process ?? ''} ${one.name}`);
    expect(names('host/capture-1')).toEqual(['host/capture-1 capture_cpu']);
    expect([names(null), names('host/gone')]).toEqual([names(null), names(null)]);
    expect(names(null)).toHaveLength(apart.resources.length);
    expect(ofProcess(growing, 'one').resources).toBe(growing.resources);
  });

  it('stands without measures too', () => {
    const { chain, shared } = chainOf({ resources: [], flows: [] });
    expect(chain.every((one) => one.utilisation === null && one.busy === null)).toBe(true);
    expect(shared).toBeNull();
  });
});

describe('a slider', () => {
  it('reaches its ends exactly and stays within them', () => {
    for (const one of dials) {
      expect([fromSlider(one, 0), fromSlider(one, sliderSteps)]).toEqual([one.least, one.most]);
      expect([toSlider(one, one.least), toSlider(one, one.most), toSlider(one, one.most * 10), toSlider(one, 0)]).toEqual([0, sliderSteps, sliderSteps, 0]);
      for (let step = 0; step <= sliderSteps; step += 7) {
        const value = fromSlider(one, step);
        expect(value).toBeGreaterThanOrEqual(one.least);
        expect(value).toBeLessThanOrEqual(one.most);
        if (one.whole) expect(Number.isInteger(value)).toBe(true);
      }
    }
  });

  it('gives powers of ten the same room', () => {
    const users = dial('dailyActiveUsers');
    expect(toSlider(users, 100_000)).toBe(500);
    expect(fromSlider(users, 500)).toBe(100_000);
    expect(toSlider(dial('peak'), 10.5)).toBe(500);
  });

  it('gives numbers that people would say', () => {
    expect([round(123_456, true), round(0.123, false), round(9.97, false), round(1.4, true), round(0, false)]).toEqual([120_000, 0.12, 10, 1, 0]);
  });

  it('moves with each press of an arrow key, and ends at its ends', () => {
    for (const one of dials) {
      let value = one.least;
      let presses = 0;
      while (value < one.most && presses < 2_000) {
        const next = nudge(one, value, 10);
        expect(next).toBeGreaterThan(value);
        value = next;
        presses += 1;
      }

      expect(value).toBe(one.most);
      expect(nudge(one, one.most, 10)).toBe(one.most);
      expect(nudge(one, one.most, -10)).toBeLessThan(one.most);
      expect(nudge(one, one.least, -10)).toBe(one.least);
    }
  });

  it('takes what is typed as people write it', () => {
    const users = dial('dailyActiveUsers');
    expect(['1000000', '1,000,000', '1 000 000', '1m', '1.5M', '40k', ' 250 '].map((one) => parseTyped(users, one))).toEqual([1e6, 1e6, 1e6, 1e6, 1.5e6, 40_000, 250]);
    expect(['', '-5', '1e6', 'many', '99', '100000001', '100.5', '<b>5</b>'].map((one) => parseTyped(users, one))).toEqual(Array(8).fill(null));
    expect([parseTyped(dial('peak'), '2.5'), parseTyped(dial('queriesPerSecond'), '.5'), parseTyped(dial('peak'), '200')]).toEqual([2.5, 0.5, null]);
  });

  it('begins within what it reaches', () => {
    for (const one of dials) expect(parseTyped(one, String(firstPlan[one.key]))).toBe(firstPlan[one.key]);
    expect(rateOf({ ...firstPlan, dailyActiveUsers: 86_400, eventsPerUser: 10, peak: 4 })).toEqual({ perDay: 864_000, peakPerSecond: 40 });
  });
});

describe('the trend', () => {
  const of = (flow: WallForecast['flow']): WallForecast => {
    const found = growing.walls.find((one) => one.flow === flow);
    if (!found) throw new Error(`The fixture has no wall of ${flow}.`);
    return found;
  };

  it('spans all days, the ceiling and the wall', () => {
    const wall = of('storage');
    const frame = frameOf(wall);
    expect(wall.median).not.toBeNull();
    expect(frame?.from).toBe(dayTime('2026-09-27'));
    expect(frame?.most).toBeGreaterThan(wall.ceiling);
    expect(frame?.ceilingShown).toBe(true);
    expect(frame?.wall?.median).toBe(dayTime(wall.median ?? ''));
    expect(frame?.wall?.from).toBeLessThan(frame?.wall?.median ?? 0);
    expect(frame?.to).toBeGreaterThan(frame?.wall?.median ?? Infinity);
  });

  it('leaves a far ceiling and a far wall out, so that the load is not pressed flat', () => {
    const far = { ...of('ingest'), ceiling: 1e9, early: '2028-06-01', median: null, late: null };
    expect(frameOf(far)).toMatchObject({ ceilingShown: false, wall: null });
    expect(frameOf(far)?.most).toBeLessThan(1e6);
  });

  it('shows a wall that may never come to the end of the picture', () => {
    const wall = { ...of('storage'), late: null };
    const frame = frameOf(wall);
    expect(frame?.wall?.to).toBe(frame?.to);
  });

  it('has no picture without days, and one for a single day or no load at all', () => {
    expect(frameOf({ ...of('ingest'), days: [] })).toBeNull();
    const still = frameOf({ ...of('ingest'), ceiling: 0, early: null, median: null, late: null, days: [{ day: '2026-11-26', load: 0, low: 0, high: 0, isForecast: false }] });
    expect(still).toMatchObject({ most: 1, ceilingShown: false, wall: null });
    expect((still?.to ?? 0) - (still?.from ?? 0)).toBeGreaterThan(0);
  });

  it('goes on from the last day that was', () => {
    const { days } = of('ingest');
    const { past, forecast } = parts(days);
    expect(past.at(-1)).toBe(forecast[0]);
    expect(days[lastPast(days)]?.day).toBe('2026-11-26');
    expect(past.length + forecast.length).toBe(days.length + 1);
    expect(nearestDay(days, dayTime('2026-10-01') + 3_600_000)).toBe(4);
  });

  it('says in words what it shows', () => {
    const wall = of('ingest');
    const text = summarise(wall, 'events/s', 'en');
    expect(text).toContain('By day, from Sep 27, 2026 to');
    expect(text).toContain('Ceiling: 13,100 events/s.');
    expect(text).toContain('It meets its wall, the Writer’s thread, around');
    const forecast = wall.days.find((one) => one.isForecast);
    expect(forecast && dayText({ ...forecast, load: 5000, low: 4000, high: 6000 }, 'events/s', 'en')).toBe('Nov 27, 2026, forecast: 5,000 events/s, between 4,000 events/s and 6,000 events/s');
    expect(summarise(quiet.walls[0] ?? wall, 'events/s', 'en')).toBe('A forecast needs two weeks of load; there are 3 days.');
  });
});

describe('a history', () => {
  it('has no line where nothing was measured', () => {
    const { points } = historyOf(growing, 'writer', 'hour');
    expect(runs(points, 'hour')).toHaveLength(2);
    expect(runs(points, 'hour').flat()).toEqual(points);
    expect(runs([], 'hour')).toEqual([]);
    expect(runs(historyOf(growing, 'writer', 'year').points, 'year')).toHaveLength(1);
  });

  it('has no more points than can be told apart', () => {
    const points = historyOf(growing, 'writer', 'year').points;
    const thinned = thin(points, 100);
    expect(thinned.length).toBeLessThanOrEqual(100);
    const mean = (list: Readonly<typeof points>) => list.reduce((sum, one) => sum + one.utilisation, 0) / list.length;
    expect(mean(thinned)).toBeCloseTo(mean(points), 1);
    expect(thin(points, 1_000)).toBe(points);
    expect(thin([], 10)).toEqual([]);
  });

  it('says in words what it shows', () => {
    const points = [0.2, 0.4, 0.3].map((utilisation, i) => ({ at: `2026-11-26T08:00:${String(i * 10).padStart(2, '0')}Z`, utilisation, saturation: 0, throughput: 1, errorsPerSecond: 0 }));
    expect(historyText('Writer', points, 'hour', 'en')).toBe('Utilisation of Writer over the last hour: 30% at the end, 30% on average, 40% at most.');
    expect(historyText('Writer', [], 'hour', 'en')).toBe('Nothing was measured in this time.');
    expect(timeLabel(Date.parse('2026-11-26T08:05:00Z'), 'hour', 'en-GB', 'UTC')).toBe('08:05');
  });
});

describe('calibration', () => {
  const calibration = growing.calibration;
  if (!calibration) throw new Error('The fixture has no calibration.');

  it('draws the law through the fitted points', () => {
    for (const one of calibration.points) expect(fittedAt(calibration, one.concurrency)).toBeCloseTo(one.fitted, 6);
    expect(fittedAt(calibration, 0)).toBe(0);
    expect(fittedAt({ ...calibration, points: [] }, 4)).toBeNull();
  });

  it('says until where more at once helps', () => {
    const peak = peakConcurrency(calibration) ?? 0;
    const at = (n: number) => fittedAt(calibration, n) ?? 0;
    expect(at(peak)).toBeGreaterThan(at(peak - 1));
    expect(at(peak)).toBeGreaterThan(at(peak + 1));
    expect(scalingText(calibration, 'en')).toBe('More at once helps until about 21. Beyond that, throughput falls.');
    expect(scalingText({ ...calibration, kappa: 0 }, 'en')).toBe('More at once goes on helping, each time a little less.');
    expect(scalingText({ ...calibration, kappa: 0, sigma: 0 }, 'en')).toBe('Throughput grows with every request at once.');
    expect(scalingText({ ...calibration, kappa: 0.0001 }, 'en')).toContain('beyond what was tried');
  });
});

it('the address keeps what is shown, and nothing else', () => {
  expect(parseState('?flow=storage&part=writer')).toEqual({ flow: 'storage', part: 'writer', process: null });
  expect(parseState('?flow=magic&part=%3Cb%3E')).toEqual({ flow: 'ingest', part: null, process: null });
  expect(writeState({ flow: 'ingest', part: null, process: null })).toBe('');
  expect(parseState(writeState({ flow: 'queries', part: 'machine', process: 'host/query-1' }))).toEqual({ flow: 'queries', part: 'machine', process: 'host/query-1' });
});
