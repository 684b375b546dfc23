import { describe, expect, it } from 'vitest';
import type { SessionFigures, SessionsResult } from '../../api/types';
import { lineLabel, sessionsChart, sessionsPoint, sessionsPoints } from './chart';
import { propertyLabel } from '../../lib/format';
import { byLabel, defaultSessions, formatSessions, metrics, parseSessions, toSessionsQuery, withRange, type SessionsState } from './state';

const now = new Date('2026-11-23T12:00:00Z');

describe('the address of sessions', () => {
  it('is empty for what is shown at first, and is read as it was written', () => {
    expect(formatSessions(defaultSessions)).toBe('');
    expect(parseSessions('')).toEqual(defaultSessions);
    const state: SessionsState = {
      metric: 'bounceRate', by: 'entry_page', property: null, limit: 25, bounce: 30, range: { preset: '90d' }, interval: 'week', filters: [{ property: '$channel', operator: 'is', values: ['Direct'] }],
      compare: true, chart: 'bar', hidden: ['=/a b'],
    };
    expect(parseSessions(formatSessions(state))).toEqual(state);
    const byPlan: SessionsState = { ...defaultSessions, by: 'event_property', property: 'person.plan' };
    expect(formatSessions(byPlan)).toBe('by=event_property&property=person.plan');
    expect(parseSessions(formatSessions(byPlan))).toEqual(byPlan);
  });

  it('falls back part by part where it makes no sense', () => {
    expect(parseSessions('metric=luck&by=page&top=4&bounce=-1&interval=minute&range=12m&chart=pie')).toEqual({ ...defaultSessions, range: { preset: '12m' }, interval: 'week' });
    expect(parseSessions('by=channel&property=plan')).toEqual({ ...defaultSessions, by: 'channel' });
    expect(withRange({ ...defaultSessions, interval: 'hour' }, { preset: '30d' }).interval).toBe('hour');
  });

  it('asks for what it says', () => {
    expect(toSessionsQuery({ ...defaultSessions, by: 'country' }, 'UTC', now)).toEqual({
      kind: 'sessions', range: { last: 7, unit: 'day' }, interval: 'day', bounceSeconds: 10, filters: [], breakdown: { property: 'country', limit: 10 }, compare: false,
    });
    const asked = (property: string | null) => toSessionsQuery({ ...defaultSessions, by: 'event_property', property }, 'UTC', now).breakdown;
    expect(asked('cohort.12')).toEqual({ eventProperty: 'cohort.12', limit: 10 });
    expect(asked(null)).toBeNull();
  });
});

const figures = (sessions: number): SessionFigures => ({ sessions, views: 2 * sessions, viewsPerSession: 2, bounceRate: 0.5, meanSeconds: 60, medianSeconds: null });
const days = ['2026-11-22T00:00:00+00:00', '2026-11-23T00:00:00+00:00'];
const result: SessionsResult = {
  kind: 'sessions', timeZone: 'UTC', interval: 'day', buckets: days, compareBuckets: days, dataVersion: 1, computedAt: '2026-11-23T12:00:00Z', elapsedMs: 1,
  series: ['DE', null, '$other'].map((breakdown, at) => ({ breakdown, values: [figures(at), figures(3)], total: figures(at + 3), compare: { values: [figures(1), figures(1)], total: figures(2) } })),
};
const query = toSessionsQuery({ ...defaultSessions, by: 'country', compare: true }, 'UTC', now);

describe('the chart of sessions', () => {
  it('draws one figure of each line', () => {
    const chart = sessionsChart(result, query, 'meanSeconds', ['none']);
    expect(chart).toMatchObject({ unit: 'seconds', additive: false });
    expect(chart.series.map((one) => [one.key, one.total, one.hidden])).toEqual([['=DE', 60, false], ['none', 60, true], ['=$other', 60, false]]);
    expect(chart.series[2]?.color).toBe('var(--series-other)');
    for (const { key } of metrics) expect(sessionsChart(result, query, key, []).series).toHaveLength(3);
  });

  it('has persons behind its points, of a line, a bucket and either period', () => {
    expect(sessionsPoint(result, query, 1, 1)).toMatchObject({ amount: '3 sessions', point: { bucket: 1, breakdown: null, compare: false } });
    expect(sessionsPoint(result, query, 0, null, true)).toMatchObject({ amount: '2 sessions', point: { breakdown: 'DE', compare: true } });
    expect(sessionsPoint(result, query, 9, 0)).toBeNull();
    expect(sessionsPoints(result, query, sessionsChart(result, query, 'sessions', ['none']), 0).map((one) => one.key)).toEqual(['=DE', '=DE before', '=$other', '=$other before']);
  });

  it('names its lines', () => {
    expect(result.series.map((one) => lineLabel(one, query))).toEqual(['Germany', '(none)', 'Other']);
    expect(lineLabel({ values: [], total: figures(1) }, { ...query, breakdown: null })).toBe('All sessions');
    expect([byLabel(query.breakdown), byLabel({ eventProperty: 'person.plan', limit: 3 }), byLabel(null)]).toEqual(['Country', propertyLabel('person.plan'), null]);
  });
});
