import { describe, expect, it } from 'vitest';
import { senderOf } from '../api/persons';
import type { CohortCondition, EventSummary } from '../api/types';
import { encodeFilter, inCohort } from '../state/filters';
import { fromCondition, newDid, newPerson, toCondition } from './condition';
import { describeCondition, withFilter } from './cohort';
import { journeyDays, visitSeconds } from './journey';
import { personName } from './person';
import { defaultPersons, formatPersons, parsePersons, personAddress } from './state';

describe('the name of a person', () => {
  it('is a name, with the e-mail address beside it', () => {
    expect(personName({ key: 7, distinctIds: ['u1'], properties: { name: ' Ada ', email: 'ada@example.org' } })).toEqual({ name: 'Ada', detail: 'ada@example.org', anonymous: false });
    expect(personName({ key: 7, distinctIds: ['u1'], properties: { $email: 'ada@example.org', name: '' } })).toEqual({ name: 'ada@example.org', detail: 'u1', anonymous: false });
  });

  it('is else an id that somebody gave rather than one that an SDK made up', () => {
    expect(personName({ key: 7, distinctIds: ['0192f1c4-77aa-7c00-b1d0-100ab3c9e21d', 'user-1'], properties: { name: 4 } })).toEqual({ name: 'user-1', detail: '', anonymous: true });
    expect(personName({ key: 7, distinctIds: [], properties: {} }).name).toBe('Person 7');
  });
});

it('events are asked for by the uuid, and without one by a distinct id', () => {
  expect(senderOf({ uuid: 'u', distinctIds: ['a'] })).toEqual({ uuid: 'u' });
  expect(senderOf({ uuid: null, distinctIds: ['a', 'b'] })).toEqual({ distinctId: 'a' });
  expect(senderOf({ uuid: null, distinctIds: [] })).toBeNull();
});

describe('a journey', () => {
  const event = (uuid: string, timestamp: string, sessionId: string | null): EventSummary =>
    ({ uuid, event: 'e', distinctId: 'd', personKey: 1, sessionId, timestamp, receivedAt: timestamp, properties: {} });

  it('has days of the project’s zone, and in them visits', () => {
    const days = journeyDays([
      event('5', '2026-11-21T23:30:00Z', 'b'), event('4', '2026-11-21T22:30:00Z', 'b'), event('3', '2026-11-21T22:00:00Z', 'a'),
      event('2', '2026-11-21T21:58:20Z', 'a'), event('1', '2026-11-20T08:00:00Z', null),
    ], 'Europe/Berlin');
    expect(days.map((day) => [day.date, day.visits.map((visit) => visit.events.map((one) => one.uuid).join())])).toEqual([
      ['2026-11-22', ['5']], ['2026-11-21', ['4', '3,2']], ['2026-11-20', ['1']],
    ]);
    expect(days[1]?.visits.map(visitSeconds)).toEqual([0, 100]);
    expect(journeyDays([], 'UTC')).toEqual([]);
  });
});

describe('a cohort', () => {
  it('says its condition', () => {
    expect(describeCondition({ kind: 'all', of: [
      { kind: 'did', event: '$pageview', comparison: 'at_least', times: 3, range: { last: 30, unit: 'day' }, filters: [{ property: 'amount', operator: 'greater_than', values: [5] }] },
      { kind: 'any', of: [
        { kind: 'person', filters: [{ property: 'person.plan', operator: 'is', values: ['pro', true] }] },
        { kind: 'did', event: 'buy', comparison: 'exactly', times: 0, range: { from: '2026-11-01', to: '2026-11-03' } },
      ] },
    ] })).toBe('did Page view with amount greater than 5 at least 3 times in the last 30 days and (plan is pro or true or did buy never from Nov 1, 2026 to Nov 3, 2026)');
  });

  it('becomes a filter once', () => {
    const filter = encodeFilter(inCohort(12));
    expect(filter).toEqual(['cohort.12', 'is', 'true']);
    const once = withFilter('?range=30d', filter);
    expect(new URLSearchParams(once).getAll('f')).toEqual(['["cohort.12","is","true"]']);
    expect(withFilter(once, filter)).toBe(once);
  });
});

it('the address of persons means the state that it was made of', () => {
  const search = 'search=a+%26b&cohort=12&open=d99b1751-647d-8270-b4de-1537b2ea91a0';
  expect(formatPersons(parsePersons(search))).toBe(search);
  expect(parsePersons('?search=&cohort=-1&open=../x')).toEqual(defaultPersons);
  expect(personAddress('1', 'd99b1751-647d-8270-b4de-1537b2ea91a0')).toBe('/projects/1/persons?open=d99b1751-647d-8270-b4de-1537b2ea91a0');
});

describe('a condition in the editor', () => {
  const bought = { kind: 'did' as const, event: 'buy', filters: [], comparison: 'at_least' as const, times: 3, days: 30 };
  const pro = { kind: 'person' as const, filters: [{ property: 'person.plan', operator: 'is' as const, values: ['pro'] }] };

  it('is read as it was written', () => {
    for (const state of [{ match: 'all' as const, rules: [bought] }, { match: 'any' as const, rules: [bought, pro, { ...bought, event: null, times: 0, comparison: 'exactly' as const }] }]) {
      const condition = toCondition(state);
      expect(condition && fromCondition(condition)).toEqual(state);
    }
  });

  it('is unfinished without an event, a number or a value', () => {
    for (const rule of [newDid, newPerson, { ...bought, times: Number.NaN }, { ...bought, days: 0 }, { ...bought, days: 1.5 }, { ...pro, filters: [{ property: 'person.plan', operator: 'is' as const, values: [] }] }]) {
      expect(toCondition({ match: 'all', rules: [bought, rule] })).toBeNull();
    }
    expect(toCondition({ match: 'all', rules: [] })).toBeNull();
  });

  it('stays out of what it has no room for', () => {
    const dated: CohortCondition = { kind: 'did', event: 'buy', comparison: 'exactly', times: 1, range: { from: '2026-11-01', to: '2026-11-02' } };
    const nested: CohortCondition = { kind: 'all', of: [{ kind: 'any', of: [{ kind: 'person', filters: pro.filters }] }] };
    expect([fromCondition(dated), fromCondition(nested), fromCondition({ kind: 'any', of: [] })]).toEqual([null, null, null]);
  });
});
