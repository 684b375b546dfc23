// The statements of a list of questions, kept in a file which the server's tests run: each must answer as its question does
// (tests/Headroom.Tests/Insights/CopiedSqlTests.cs). `npx vitest run insights/sql -u` writes the file again.
import { expect, it } from 'vitest';
import type {
  EventSelector, FunnelQuery, InsightQuery, LifecycleQuery, PathsQuery, PropertyFilter, RetentionQuery, SessionsQuery, SqlRelation, StickinessQuery, TrendsQuery,
} from '../api/types';
import { insightSql } from './sql';

const column = (name: string, type: string, property: string | null = null) => ({ name, type, property, kinds: [], description: null });
const texts = [
  '$pathname', '$current_url', '$screen_name', '$browser', '$channel', '$host', '$referring_domain', 'utm_source', '$geoip_country_code', '$groups.company', 'plan',
];
/** Those of the events that the server's tests make. */
const relations: SqlRelation[] = [
  {
    name: 'events', description: '', columns: [
      ...['event', 'distinct_id', 'session_id'].map((name) => column(name, 'VARCHAR')), column('person_key', 'BIGINT'), column('timestamp', 'TIMESTAMP'),
      ...texts.map((name) => column(name, 'VARCHAR', name)), column('amount', 'DOUBLE', 'amount'), column('$process_person_profile', 'BOOLEAN', '$process_person_profile'),
    ],
  },
  { name: 'persons', description: '', columns: [column('tier', 'VARCHAR', 'tier')] },
];
const project = { timeZone: 'Europe/Berlin', weekStartsOn: 'monday' as const };

const range = { from: '2026-11-02', to: '2026-11-15' };
const where = (property: string, operator: PropertyFilter['operator'], ...values: string[]): PropertyFilter => ({ property, operator, values });
const select = (event: string | null, ...filters: PropertyFilter[]): EventSelector => ({ event, name: null, filters });
type Series = TrendsQuery['series'][number];
const series = (event: string | null, math: Series['math'] = 'total', more: Partial<Series> = {}): Series => ({ event, math, property: null, name: null, filters: [], ...more });
const trend = (all: Series[], more: Partial<TrendsQuery> = {}): TrendsQuery => ({ kind: 'trends', series: all, range, interval: 'day', filters: [], breakdown: null, compare: false, ...more });
const funnel = (steps: EventSelector[], more: Partial<FunnelQuery> = {}): FunnelQuery => ({
  kind: 'funnel', steps: steps.map((one) => ({ ...one, optional: false })), exclusions: [], order: 'ordered', window: { count: 2, unit: 'day' }, range, filters: [], breakdown: null, view: 'steps', interval: 'day', ...more,
});
const retention = (more: Partial<RetentionQuery> = {}): RetentionQuery => ({
  kind: 'retention', start: select('a'), return: select('b'), range, interval: 'day', cohortBy: 'recurring', mode: 'calendar', minimumReturns: 1, brackets: [], ...(more.brackets ? {} : { intervals: 5 }), filters: [], breakdown: null, ...more,
});
const lifecycle = (more: Partial<LifecycleQuery> = {}): LifecycleQuery => ({ kind: 'lifecycle', activity: select('a'), range, interval: 'day', filters: [], breakdown: null, ...more });
const stickiness = (more: Partial<StickinessQuery> = {}): StickinessQuery => ({ kind: 'stickiness', series: [select('a'), select(null, where('plan', 'is_set'))], range, interval: 'day', cumulative: false, filters: [], breakdown: null, ...more });
const sessions = (more: Partial<SessionsQuery> = {}): SessionsQuery => ({ kind: 'sessions', range, interval: 'day', bounceSeconds: 10, filters: [], breakdown: null, compare: false, ...more });
const paths = (more: Partial<PathsQuery> = {}): PathsQuery => ({
  kind: 'paths', range, steps: 5, edges: 1_000, minimumCount: 1, include: ['pages', 'events'], startPoint: null, endPoint: null, exclude: [], groupings: [], filters: [], breakdown: null, ...more,
});
const company = { unit: { group: 'company' } };
const split = (property: string) => ({ breakdown: { property, limit: 25 } });
const touch = (attribution: NonNullable<FunnelQuery['breakdown']>['attribution']) => ({ breakdown: { property: 'plan', limit: 25, attribution, step: null } });

const questions: Record<string, InsightQuery> = {
  'trend': trend([series('a')]),
  'trend of numbers, by value': trend([series('a', 'sum', { property: 'amount' }), series('b', 'average', { property: 'amount' }), series(null, 'p90', { property: 'amount' }), series('a', 'unique_persons')], split('plan')),
  'trend by hour over the change of clocks': trend([series(null, 'unique_sessions')], { range: { from: '2026-03-28', to: '2026-03-30' }, interval: 'hour' }),
  'trend between instants': trend([series(null)], { range: { from: '2026-11-03T08:30:00Z', to: '2026-11-05T20:00:00Z' } }),
  'trend with filters': trend([series('a', 'total', { filters: [where('amount', 'greater_than', '50')] })], { filters: [where('plan', 'is_not', 'pro'), where('person.tier', 'is', 'gold')], interval: 'week' }),
  'trend of groups': trend([series('a', 'unique_persons'), series(null, 'unique_persons')], company),
  'formula': trend([series('a'), series('b', 'unique_persons')], { formulas: [{ expression: 'B / A * 100', name: 'Rate' }, { expression: '(A - B) / (A - A)', name: null }, { expression: '-A + 2', name: null }] }),
  'formula by value': trend([series('a'), series('b')], { ...split('plan'), formulas: [{ expression: 'A / (A + B)', name: 'Part' }] }),
  'moving average': trend([series('a'), series('b', 'average', { property: 'amount' })], { smoothing: 3 }),
  'moving average by value': trend([series('a')], { smoothing: 7, ...split('plan') }),
  'cumulative': trend([series('a'), series('a', 'unique_persons'), series('b', 'average', { property: 'amount' }), series('b', 'max', { property: 'amount' }), series('a', 'sum', { property: 'amount' }), series('a', 'unique_sessions')], { cumulative: true }),
  'cumulative by value': trend([series('a', 'unique_persons')], { cumulative: true, ...split('plan') }),
  'each person': trend([series('a', 'average', { perPerson: true }), series('a', 'median', { perPerson: true, property: 'amount' })]),
  'each person by value': trend([series(null, 'max', { perPerson: true })], split('plan')),
  'each group': trend([series('a', 'average', { perPerson: true })], company),
  'weekly active': trend([series('a', 'weekly_active'), series(null, 'monthly_active')]),
  'weekly active by value and week': trend([series('a', 'weekly_active')], { ...split('plan'), interval: 'week' }),
  'weekly active by month': trend([series(null, 'weekly_active')], { range: { from: '2026-10-05', to: '2026-11-20' }, interval: 'month' }),
  'weekly active by hour': trend([series('b', 'weekly_active')], { range: { from: '2026-11-10', to: '2026-11-10' }, interval: 'hour' }),
  'first time': trend([series('a', 'first_time', { filters: [where('plan', 'is', 'pro')] }), series('a', 'first_matching', { filters: [where('plan', 'is', 'pro')] })]),
  'first time, cumulative': trend([series('b', 'first_time')], { cumulative: true }),
  'funnel': funnel([select('a'), select('b'), select('c')]),
  'funnel of one thing twice': funnel([select('a'), select('a')]),
  'funnel of steps that overlap': funnel([select('a'), select(null, where('plan', 'is', 'pro')), select('a', where('amount', 'less_than', '60'))]),
  'funnel within minutes': funnel([select('a'), select('b'), select('c')], { window: { count: 90, unit: 'minute' } }),
  'funnel, strict': funnel([select('a'), select('b'), select('c')], { order: 'strict', filters: [where('amount', 'is_set')] }),
  'funnel by the first value': funnel([select('a'), select('b')], touch('first_touch')),
  'funnel by the last value': funnel([select('a'), select('b'), select('c')], { ...touch('last_touch'), filters: [where('amount', 'is_set')] }),
  'funnel within each value': funnel([select('a'), select('b'), select('c')], touch('all_events')),
  'funnel of groups': funnel([select('a'), select('b')], { ...company, filters: [where('amount', 'is_set')] }),
  'funnel over time': funnel([select('a'), select('b'), select('c')], { view: 'over_time' }),
  'funnel over time by week': funnel([select('a'), select('b')], { view: 'over_time', interval: 'week', window: { count: 1, unit: 'week' } }),
  'retention': retention(),
  'retention by week': retention({ interval: 'week', intervals: 3, return: select(null), range: { from: '2026-10-26', to: '2026-11-15' } }),
  'retention, rolling': retention({ mode: 'rolling', minimumReturns: 2 }),
  'retention, first matching': retention({ cohortBy: 'first_matching', start: select('a', where('plan', 'is', 'pro')) }),
  'retention, first ever': retention({ cohortBy: 'first_ever', start: select('a', where('plan', 'is', 'pro')), filters: [where('amount', 'less_than', '80')] }),
  'retention in brackets': retention({ brackets: [1, 3, 7], minimumReturns: 2 }),
  'retention by value': retention(split('plan')),
  'retention of groups': retention(company),
  'lifecycle': lifecycle(),
  'lifecycle by week': lifecycle({ interval: 'week', activity: select(null), filters: [where('plan', 'is_not', 'pro')] }),
  'lifecycle of groups': lifecycle(company),
  'lifecycle by value': lifecycle({ activity: select(null), ...split('plan') }),
  'stickiness': stickiness(),
  'stickiness, cumulative': stickiness({ cumulative: true, interval: 'week' }),
  'stickiness of groups': stickiness({ ...company, series: [select('a')] }),
  'stickiness by value': stickiness(split('plan')),
  'stickiness by value, cumulative': stickiness({ series: [select('a')], cumulative: true, interval: 'week', ...split('plan') }),
  'sessions': sessions(),
  'sessions by entry page': sessions({ breakdown: { property: 'entry_page', limit: 25 }, interval: 'week' }),
  'sessions by source': sessions({ breakdown: { property: 'source', limit: 25 }, bounceSeconds: 60 }),
  'sessions by a property of events': sessions({ breakdown: { eventProperty: 'plan', limit: 25 } }),
  'sessions by a channel of events': sessions({ breakdown: { eventProperty: '$channel', limit: 25 }, interval: 'week' }),
  'sessions with filters': sessions({ filters: [where('$channel', 'is_not', 'Direct'), where('plan', 'is', 'pro'), where('$exit_page', 'contains', 'p')] }),
  'sessions between instants': sessions({ range: { from: '2026-11-03T08:30:00Z', to: '2026-11-05T20:00:00Z' }, interval: 'hour' }),
  'paths': paths({ minimumCount: 2 }),
  'paths with groupings': paths({ include: ['pages', 'screens', 'events'], groupings: ['/p*'], exclude: ['/q/', 'c'], steps: 3 }),
  'paths of groups': paths(company),
  'paths by value': paths(split('plan')),
};

it('the statements of every kind are as the server’s tests run them', async () => {
  const said = Object.entries(questions).map(([name, query]) => {
    const found = insightSql(query, project, relations);
    if (!('sql' in found)) throw new Error(`${name}: ${found.reason}`);
    return { name, query, sql: found.sql.split('\n') };
  });
  await expect(`${JSON.stringify(said, null, 1)}\n`).toMatchFileSnapshot('../../../tests/Headroom.Tests/Insights/copied-sql.json');
});

it.each<[InsightQuery, string]>([
  [funnel([select('a'), select('b')], { order: 'any' }), 'Steps in whichever order have no plain SQL.'],
  [funnel([select('a'), select('b')], { view: 'time_to_convert' }), 'Times to convert have no plain SQL. The steps have.'],
  [paths({ startPoint: '/' }), 'Ways from or to one point have no plain SQL. All ways have.'],
  [{ kind: 'web', range, interval: 'day', filters: [], compare: false, parts: ['totals'], lists: [] }, 'The web view has no plain SQL. Sessions have.'],
  [sessions({ filters: [where('cohort.3', 'is', 'true')] }), 'Cohorts are not among the tables of SQL.'],
  [sessions({ breakdown: { eventProperty: 'cohort.3', limit: 25 } }), 'Cohorts are not among the tables of SQL.'],
  [sessions({ breakdown: { eventProperty: 'person.tier', limit: 25 } }), 'A breakdown by a property of persons has no plain SQL.'],
])('what has none says why', (query, reason) => {
  expect(insightSql(query, project, relations)).toEqual({ reason });
});
