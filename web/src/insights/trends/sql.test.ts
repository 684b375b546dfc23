import { describe, expect, it } from 'vitest';
import type { SqlRelation, TrendsQuery } from '../../api/types';
import { insightSql } from '../sql';
import { formulaSql } from './formula';

const column = (name: string, type: string, property: string | null = null) => ({ name, type, property, kinds: [], description: null });
const relations: SqlRelation[] = [
  {
    name: 'events', description: '', columns: [
      column('event', 'VARCHAR'), column('timestamp', 'TIMESTAMP'), column('$browser', 'VARCHAR', '$browser'), column('amount', 'DOUBLE', 'amount'), column('first', 'BOOLEAN', 'first'),
      column('price', 'VARCHAR', 'price'), column('n:price', 'DOUBLE', 'price'), column('t:price', 'VARCHAR', 'price'),
    ],
  },
  { name: 'persons', description: '', columns: [column('plan', 'VARCHAR', 'plan')] },
];
const berlin = { timeZone: 'Europe/Berlin', weekStartsOn: 'monday' as const };
const series = { event: '$pageview', math: 'total' as const, property: null, name: null, filters: [] };
const trend = (more: Partial<TrendsQuery>): TrendsQuery => ({
  kind: 'trends', series: [series], range: { from: '2026-11-01', to: '2026-11-07' }, interval: 'day', filters: [], breakdown: null, compare: false, ...more,
});
const said = (query: TrendsQuery, project: { timeZone: string; weekStartsOn: 'monday' | 'sunday' } = berlin) => {
  const found = insightSql(query, project, relations);
  return 'sql' in found ? found.sql : found.reason;
};
const sql = (more: Partial<TrendsQuery>, project = berlin) => said(trend(more), project);
const filtered = (property: string, operator: TrendsQuery['filters'][number]['operator'], ...values: string[]) => sql({ filters: [{ property, operator, values }] }).split('\n')[6];

describe('a trend as SQL', () => {
  it('is a row for each bucket of the zone of the project', () => {
    expect(sql({})).toBe(`-- Trends: Page view, by day
SELECT date_trunc('day', timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin') AS day,
  count(*) AS "Page view"
FROM events
WHERE timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' >= DATE '2026-11-01'
  AND timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' < DATE '2026-11-07' + INTERVAL 1 DAY
  AND event = '$pageview'
GROUP BY ALL
ORDER BY 1`);
  });

  it('has a column for each series and one for the breakdown', () => {
    const statement = sql({
      series: [series, { ...series, event: "it's", math: 'unique_persons' }, { ...series, event: null, math: 'p95', property: 'price', name: 'Dear' }, { ...series, math: 'average', property: 'amount' }],
      breakdown: { property: '$browser', limit: 5 }, interval: 'week',
    }, { timeZone: 'UTC', weekStartsOn: 'monday' });
    expect(statement).toContain(`SELECT date_trunc('week', timestamp) AS week,
  "$browser" AS browser,
  count(*) FILTER (WHERE event = '$pageview') AS`);
    expect(statement).toContain(`count(DISTINCT person_key) FILTER (WHERE event = 'it''s' AND person_key <> 0)`);
    expect(statement).toContain('quantile_cont("n:price", 0.95) AS "Dear"');
    expect(statement).toContain(`avg(amount) FILTER (WHERE event = '$pageview')`);
  });

  it('goes on with time where its range does, and begins weeks on Sundays where the project does', () => {
    const statement = said(trend({ range: { last: 4, unit: 'week' }, interval: 'week' }), { timeZone: 'UTC', weekStartsOn: 'sunday' });
    expect(statement).toContain(`WHERE timestamp >= date_trunc('week', now() AT TIME ZONE 'UTC' + INTERVAL 1 DAY) - INTERVAL 1 DAY - INTERVAL 3 WEEK`);
    expect(sql({ range: { from: '2026-11-01T10:00:00Z', to: '2026-11-01T11:00:00Z' } })).toContain(`timestamp < TIMESTAMP '2026-11-01 11:00:00.000'`);
  });

  it('says filters as they are meant: what is absent fails all but those that say not', () => {
    expect(filtered('$browser', 'is', 'Chrome', "O'Hara")).toContain(`"$browser" IN ('Chrome', 'O''Hara')`);
    expect(filtered('$browser', 'is_not', 'Chrome')).toContain(`NOT coalesce("$browser" IN ('Chrome'), false)`);
    expect(filtered('$browser', 'contains', 'a', 'B')).toContain(`(contains(lower("$browser"), lower('a')) OR contains(lower("$browser"), lower('B')))`);
    expect(filtered('amount', 'is', '5', 'five')).toContain('amount IN (5)');
    expect(filtered('first', 'is', 'yes')).toContain('first IN (NULL)');
    expect(filtered('price', 'greater_than', '5')).toContain('"n:price" > 5');
    expect(filtered('absent', 'is_not_set')).toContain('AND true');
    expect(filtered('person.plan', 'is_not', 'pro')).toContain(`person_key NOT IN (SELECT person_key FROM persons WHERE plan IN ('pro'))`);
  });

  it('says why there is none where it would say something else', () => {
    expect(sql({ filters: [{ property: 'cohort.3', operator: 'is', values: ['true'] }] })).toBe('Cohorts are not among the tables of SQL.');
    expect(sql({ filters: [{ property: 'group.company.plan', operator: 'is', values: ['pro'] }] })).toBe('What groups were told is not among the tables of SQL.');
    expect(sql({ breakdown: { property: 'person.plan', limit: 5 } })).toBe('A breakdown by a property of persons has no plain SQL.');
    expect(sql({ formulas: [{ expression: 'A +', name: null }] })).toBe('The formula is not whole.');
  });
});

describe('a formula as SQL', () => {
  it.each([
    ['B / A * 100', 'b / nullif(a, 0) * 100'], ['-a+(B - 2)*.5', '(-a) + (b - 2) * .5'], ['A / (B / A)', 'a / nullif((b / nullif(a, 0)), 0)'],
  ])('%s', (expression, expected) => {
    expect(formulaSql(expression, ['a', 'b'])).toBe(expected);
  });

  it.each(['', 'A +', '(A', 'A B', 'C', 'A ^ 2', '1..2'])('“%s” is none', (expression) => {
    expect(() => formulaSql(expression, ['a', 'b'])).toThrow();
  });
});
