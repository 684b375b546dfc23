import { describe, expect, it } from 'vitest';
import { carried, insightAddress, insightKinds, parseRoute, projectAddress, safeNext } from './routes';

describe('addresses', () => {
  it('name the views', () => {
    expect(parseRoute('/')).toEqual({ name: 'home' });
    expect(parseRoute('/setup')).toEqual({ name: 'setup' });
    expect(parseRoute('/sign-in/')).toEqual({ name: 'sign-in' });
    expect(parseRoute('/capacity')).toEqual({ name: 'capacity' });
    expect(parseRoute('/capacity/more')).toEqual({ name: 'unknown' });
    expect(parseRoute('/projects/7/events')).toMatchObject({ name: 'project', project: '7', view: 'events' });
    expect(parseRoute('/projects/7')).toMatchObject({ name: 'project', project: '7', view: 'home' });
    expect(parseRoute('/projects/7/insights')).toEqual({ name: 'project', project: '7', view: 'insights', kind: 'trends' });
  });

  it('lead to dashboards, and to one by the link that shares it', () => {
    expect(parseRoute('/projects/7/dashboards')).toMatchObject({ view: 'dashboards' });
    expect(parseRoute('/projects/7/dashboards/12')).toMatchObject({ project: '7', view: 'dashboards', dashboard: 12 });
    expect(parseRoute('/shared/hrs_1')).toEqual({ name: 'shared', token: 'hrs_1', embedded: false });
    expect(parseRoute('/invite/hri_1')).toEqual({ name: 'invite', token: 'hri_1' });
    expect(parseRoute('/embed/hrs_1')).toEqual({ name: 'shared', token: 'hrs_1', embedded: true });
  });

  it('are unknown when they are not ours', () => {
    expect(parseRoute('/projects/7/nothing')).toEqual({ name: 'unknown' });
    expect(parseRoute('/projects/7/live/more')).toEqual({ name: 'unknown' });
    expect(parseRoute('/projects/7/dashboards/x')).toEqual({ name: 'unknown' });
    expect(parseRoute('/projects/7/insights/magic')).toEqual({ name: 'unknown' });
    expect(parseRoute('/projects/7/insights/funnel/more')).toEqual({ name: 'unknown' });
    expect(parseRoute('/projects/%E0%A4%A/live')).toEqual({ name: 'unknown' });
  });

  it('are read as they were written', () => {
    const address = projectAddress('a b/c', 'events', 'event=x');
    expect(address).toBe('/projects/a%20b%2Fc/events?event=x');
    expect(parseRoute('/projects/a%20b%2Fc/events')).toMatchObject({ name: 'project', project: 'a b/c', view: 'events' });
    for (const kind of insightKinds) {
      expect(parseRoute(insightAddress('a b/c', kind))).toEqual({ name: 'project', project: 'a b/c', view: 'insights', kind });
    }
  });
});

describe('from one kind of insight to the next', () => {
  it('come range, filters and the unit along, and nothing else', () => {
    const search = '?s=%7B%7D&range=30d&f=%5B%22a%22%5D&f=%5B%22b+%26%22%5D&by=%24os&hide=x&unit=company';
    expect(carried(search)).toBe('range=30d&f=%5B%22a%22%5D&f=%5B%22b+%26%22%5D&unit=company');
    expect(insightAddress('1', 'paths', carried(''))).toBe('/projects/1/insights/paths');
  });
});

describe('the way back after signing in', () => {
  it('stays on this host', () => {
    expect(safeNext('/projects/1/insights/trends?by=%24browser')).toBe('/projects/1/insights/trends?by=%24browser');
    expect(safeNext('/capacity?flow=storage')).toBe('/capacity?flow=storage');
    expect(safeNext('//evil.example/projects/1/live')).toBe('/');
    expect(safeNext('https://evil.example')).toBe('/');
    expect(safeNext('/\\evil.example')).toBe('/');
    expect(safeNext(null)).toBe('/');
  });
});
