import { describe, expect, it } from 'vitest';
import type { PropertyFilter, TrendsResult, WebFigures, WebQuery, WebResult } from '../api/types';
import { countryName } from '../lib/countries';
import { cards, homeProperty, propertyTab, tabOf, tabs, valueLabel } from './lists';
import { productChart, productMetrics, productNumber, verdict, webChart, webMetrics, webNumber } from './metrics';
import { linePoints, rowPoints, visitorPoints, vitalPoint } from './points';
import {
  type HomeState, defaultHome, formatHome, growthQuery, listQuery, overviewQuery, parseHome, productQuery, rowFilter, rowsOf, toggledFilter, valuesQuery, visitFilter, vitalsQuery, withRange,
} from './state';
import { formatVital, rate } from './vitals';

const now = new Date('2026-11-25T12:00:00Z');
const german: PropertyFilter = { property: '$geoip_country_code', operator: 'is', values: ['DE'] };

describe('the address of Home', () => {
  it('is empty for what is shown at first', () => {
    expect(formatHome(defaultHome)).toBe('');
    expect(parseHome('')).toEqual(defaultHome);
  });

  it('is read as it was written', () => {
    const state: HomeState = {
      view: 'product', range: { from: '2026-11-01', to: '2026-11-09' }, interval: 'week', compare: false, filters: [german, rowFilter('$source', null)],
      web: 'bounceRate', product: 'events', tabs: { sources: 'utm_campaign', pages: 'exit_page', places: 'city', devices: 'os', events: 'event' }, listed: 'person.plan', property: '$lib',
    };
    expect(parseHome(formatHome(state))).toEqual(state);
  });

  it('falls back part by part where it makes no sense', () => {
    expect(parseHome('view=moon&range=never&interval=century&f=%5B1%5D&metric=luck&number=luck&sources=city&pages=&by=nothing')).toEqual(defaultHome);
    expect(parseHome('interval=minute&range=90d').interval).toBe('day');
    expect(parseHome('places=region&sources=os').tabs).toEqual({ ...defaultHome.tabs, places: 'region' });
  });

  it('keeps the reader’s interval over a change of range as long as it suits', () => {
    expect(withRange({ ...defaultHome, interval: 'hour' }, { preset: '30d' }).interval).toBe('hour');
    expect(withRange({ ...defaultHome, interval: 'hour' }, { preset: '12m' }).interval).toBe('week');
    expect(withRange(defaultHome, { preset: '24h' }).interval).toBe('hour');
  });
});

describe('a row as a filter', () => {
  it('is put in, takes the place of another value of the property, and is taken out again', () => {
    const french = rowFilter('$geoip_country_code', 'FR');
    const paid: PropertyFilter = { property: 'plan', operator: 'is_not', values: ['free'] };
    const one = toggledFilter([paid], german);
    expect(one).toEqual([paid, german]);
    expect(toggledFilter(one, french)).toEqual([paid, french]);
    expect(toggledFilter(toggledFilter(one, french), french)).toEqual([paid]);
    expect(toggledFilter([{ ...german, operator: 'is_not' }], french)).toHaveLength(2);
  });

  it('of a property of the reader’s choice is one where a filter says as much', () => {
    const of = (property: string, value: string | null) => visitFilter(propertyTab(property), value);
    expect(of('plan', 'pro')).toEqual({ property: 'plan', operator: 'is', values: ['pro'] });
    expect(of('plan', null)).toBeNull();
    expect(of('person.plan', null)).toEqual({ property: 'person.plan', operator: 'is_not_set', values: [] });
    expect(of('cohort.3', 'true')).toEqual({ property: 'cohort.3', operator: 'is', values: ['true'] });
    const outside = visitFilter(propertyTab('cohort.3'), 'false');
    expect(outside).toEqual({ property: 'cohort.3', operator: 'is_not', values: ['true'] });
    expect(toggledFilter([{ property: 'cohort.3', operator: 'is', values: ['true'] }], outside ?? german)).toEqual([outside]);
    expect(valueLabel('cohort.3', 'false', '')).toBe('Not in it');
  });

  it('asks for what has no value where the row has none', () => {
    expect(rowFilter('$source', null)).toEqual({ property: '$source', operator: 'is_not_set', values: [] });
  });

  it('is of a property that the server knows by that name', () => {
    expect([...new Set(tabs.map((one) => one.property))]).toEqual([
      '$channel', '$source', 'utm_campaign', '$pathname', '$entry_page', '$exit_page', '$geoip_country_code', '$geoip_subdivision_1_name', '$geoip_city_name',
      '$device_type', '$browser', '$os', 'event',
    ]);
    expect(tabOf('city').one).toBe('City');
    expect([rowsOf(tabOf('country')), rowsOf(tabOf('map'))]).toEqual([9, 250]);
    expect([homeProperty('$source'), homeProperty('$lib_version')]).toEqual(['Source', 'Library version']);
  });

  it('is called as people call it', () => {
    expect(valueLabel('$geoip_country_code', 'DE', '', 'en')).toBe('Germany');
    expect(valueLabel('$geoip_country_code', 'DE', '', 'de')).toBe('Deutschland');
    expect(valueLabel('$source', null, 'Direct / none')).toBe('Direct / none');
    expect([valueLabel('event', '$pageview', ''), valueLabel('$os', '', '')]).toEqual(['Page view', '(empty)']);
    expect(['xx-9', 'EU1', ''].map((one) => countryName(one, 'en'))).toEqual(['xx-9', 'EU1', '']);
  });
});

describe('the questions of Home', () => {
  it('ask for the key numbers with the lists that the same scan has', () => {
    const query = overviewQuery({ ...defaultHome, filters: [german, { property: '$os', operator: 'is', values: [] }] }, 'UTC', now);
    expect(query).toMatchObject({ kind: 'web', range: { last: 7, unit: 'day' }, parts: ['totals', 'series'], compare: true, filters: [german] });
    expect(query.lists.map((one) => one.by)).toEqual(['channel', 'country', 'device']);
  });

  it('stay the same when another list is chosen, so that nothing is asked twice', () => {
    const chosen = { ...defaultHome, tabs: { ...defaultHome.tabs, devices: 'os' as const } };
    expect(overviewQuery(chosen, 'UTC', now)).toEqual(overviewQuery(defaultHome, 'UTC', now));
    expect(listQuery(chosen, 'os', 'UTC', now)).toMatchObject({ parts: [], lists: [{ by: 'os', limit: 9 }] });
    expect(listQuery(chosen, { eventProperty: 'plan' }, 'UTC', now).lists).toEqual([{ eventProperty: 'plan', limit: 9 }]);
  });

  it('count a product’s persons, events and sessions, and divide the first two', () => {
    const query = productQuery(defaultHome, 'UTC', now);
    expect(query.series.map((one) => one.math)).toEqual(['unique_persons', 'total', 'unique_sessions']);
    expect(query.formulas).toEqual([{ expression: 'B / A', name: null }]);
    expect(valuesQuery(defaultHome, 'event', 'UTC', now).breakdown).toEqual({ property: 'event', limit: 9 });
    expect(growthQuery({ ...defaultHome, range: { preset: '90d' } }, 'UTC', now).interval).toBe('week');
  });
});

const figures = (visitors: number, more: Partial<WebFigures> = {}): WebFigures => ({ visitors, visits: visitors, pageViews: 2 * visitors, viewsPerVisit: 2, bounceRate: 0.5, meanSeconds: 60, ...more });
const days = (from: number) => [0, 1].map((one) => `2026-11-${String(from + one)}T00:00:00+00:00`);
const web: WebResult = {
  kind: 'web', timeZone: 'UTC', dataVersion: 1, computedAt: '2026-11-25T12:00:00Z', elapsedMs: 1,
  totals: figures(15, { bounceRate: 0.25 }),
  series: { interval: 'day', buckets: days(24), values: [figures(10), figures(7, { bounceRate: null })] },
  compare: { totals: figures(10, { bounceRate: 0.5 }), series: { interval: 'day', buckets: days(22), values: [figures(4), figures(6)] } },
};

describe('the key numbers of a site', () => {
  it('stand beside those of the period before', () => {
    expect(webNumber(web, 'visitors')).toEqual({ now: 15, before: 10 });
    expect(webNumber({ ...web, compare: null }, 'bounceRate')).toEqual({ now: 0.25, before: null });
    expect(webNumber(undefined, 'visits')).toBeNull();
  });

  it('are drawn one at a time, in their own unit', () => {
    const [visitors, , , , bounces, duration] = webMetrics;
    if (!visitors || !bounces || !duration) throw new Error('A number is missing.');
    expect(webChart(web, visitors)).toMatchObject({ unit: 'number', compareBuckets: days(22), series: [{ values: [10, 7], total: 15, compare: { values: [4, 6], total: 10 } }] });
    expect(webChart(web, bounces)).toMatchObject({ unit: 'share', series: [{ values: [0.5, null], total: 0.25 }] });
    expect(webChart(web, duration)?.unit).toBe('seconds');
    expect(webChart({ ...web, series: null }, visitors)).toBeNull();
  });

  it('are better or worse by what they mean', () => {
    expect([verdict(0.1), verdict(-0.1), verdict(0), verdict(null)]).toEqual([1, -1, 0, 0]);
    expect([verdict(0.1, true), verdict(-0.1, true)]).toEqual([-1, 1]);
    expect(webMetrics.filter((one) => one.worse).map((one) => one.key)).toEqual(['bounceRate']);
  });
});

const line = (values: number[], total: number, at: number) => ({ series: at, name: '', values, total, compare: { values: [1, 1], total: 2 } });
const trends: TrendsResult = {
  kind: 'trends', timeZone: 'UTC', dataVersion: 1, computedAt: '2026-11-25T12:00:00Z', elapsedMs: 1, interval: 'day', buckets: days(24), compareBuckets: days(22),
  series: [line([3, 4], 5, 0), line([9, 8], 17, 1), line([2, 2], 4, 2), line([3, 2], 3.4, 3)],
};

describe('the key numbers of a product', () => {
  it('come out of two answers, of which one may be missing', () => {
    const answers = { main: trends, new: undefined };
    expect(productNumber(answers, 'events')).toEqual({ now: 17, before: 2 });
    expect(productNumber(answers, 'each')).toEqual({ now: 3.4, before: 2 });
    expect(productNumber(answers, 'new')).toBeNull();
    expect(productNumber({ main: undefined, new: trends }, 'new')).toEqual({ now: 5, before: 2 });
    for (const metric of productMetrics) expect(productChart({ main: trends, new: trends }, metric)?.series[0]?.values).toHaveLength(2);
  });
});

describe('the persons behind', () => {
  it('a point of the chart are its visitors, and those of the same place before', () => {
    const points = visitorPoints(web, overviewQuery(defaultHome, 'UTC', now), 1);
    expect(points.map((one) => [one.amount, one.point])).toEqual([['7 visitors', { bucket: 1, compare: false }], ['6 visitors', { bucket: 1, compare: true }]]);
    expect(points[0]?.query).toMatchObject({ range: { from: '2026-11-19', to: '2026-11-25' }, lists: [] });
    expect(visitorPoints(web, overviewQuery(defaultHome, 'UTC', now), 9)).toEqual([]);
  });

  it('a row are those who visited with its value', () => {
    const row = { value: null, visitors: 1, visits: 1, pageViews: 1, bounceRate: null, meanSeconds: null };
    const query = listQuery(defaultHome, 'source', 'UTC', now);
    expect(rowPoints(web, query, 'source', row, 'Direct').map((one) => [one.label, one.amount, one.point])).toEqual([['Direct', '1 visitor', { by: 'source', value: null, compare: false }]]);
    const before = { visitors: 2, visits: 2, pageViews: 2, bounceRate: null, meanSeconds: null };
    expect(rowPoints(web, query, 'source', { ...row, compare: before }, 'Direct')[1]).toMatchObject({ label: 'Direct, the period before', amount: '2 visitors', point: { by: 'source', value: null, compare: true } });
  });

  it('a quotient are those of its divisor', () => {
    const query = productQuery(defaultHome, 'UTC', now);
    expect(linePoints(trends, query, 3, 0, 'Events per person').map((one) => one.point)).toEqual([{ series: 3, compare: false, bucket: 0 }, { series: 3, compare: true, bucket: 0 }]);
    expect(linePoints(trends, query, 1, null, 'Events')[0]?.point).toEqual({ series: 1, compare: false });
  });
});

it('every card has a list, and only those out of the scan of visits come with the key numbers', () => {
  const own = cards.filter((one) => !one.together).map((one) => one.tabs[0].by);
  expect(own).toEqual(['page', 'event']);
  const query: WebQuery = overviewQuery(defaultHome, 'UTC', now);
  expect(query.lists.some((one) => own.some((by) => by === one.by))).toBe(false);
});

it('a vital leads to those who were measured, over all or on a page', () => {
  const query = vitalsQuery(defaultHome, 'UTC', now);
  const answer = { kind: 'web', timeZone: 'UTC', dataVersion: 1, computedAt: now.toISOString(), elapsedMs: 1 } as WebResult;
  expect(vitalPoint(answer, query, 'lcp', 'Largest content', '2.4 s').point).toEqual({ vital: 'lcp' });
  expect(vitalPoint(answer, query, 'lcp', 'Largest content', '2.4 s', null).point).toEqual({ vital: 'lcp', by: 'page', value: null });
  expect(vitalPoint(answer, query, 'inp', 'Answer to input', '80 ms', '/prix').point).toEqual({ vital: 'inp', by: 'page', value: '/prix' });
});

it('measurements are good up to a threshold, poor past another', () => {
  expect([2_500, 2_501, 4_000, 4_001].map((one) => rate('lcp', one))).toEqual(['good', 'fair', 'fair', 'poor']);
  expect([rate('cls', 0.1), rate('inp', null)]).toEqual(['good', null]);
  expect([formatVital('cls', 0.11249, 'en'), formatVital('lcp', 2_410, 'en'), formatVital('fcp', null)]).toEqual(['0.112', '2.4 s', '–']);
});
