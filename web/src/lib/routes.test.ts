import { describe, expect, it } from 'vitest';
import { parseRoute, projectAddress, safeNext } from './routes';

describe('addresses', () => {
  it('name the views', () => {
    expect(parseRoute('/')).toEqual({ name: 'home' });
    expect(parseRoute('/setup')).toEqual({ name: 'setup' });
    expect(parseRoute('/sign-in/')).toEqual({ name: 'sign-in' });
    expect(parseRoute('/projects/7/trends')).toEqual({ name: 'project', project: '7', view: 'trends' });
    expect(parseRoute('/projects/7')).toEqual({ name: 'project', project: '7', view: 'live' });
  });

  it('are unknown when they are not ours', () => {
    expect(parseRoute('/projects/7/nothing')).toEqual({ name: 'unknown' });
    expect(parseRoute('/projects/7/live/more')).toEqual({ name: 'unknown' });
    expect(parseRoute('/projects/%E0%A4%A/live')).toEqual({ name: 'unknown' });
  });

  it('are read as they were written', () => {
    const address = projectAddress('a b/c', 'events', 'event=x');
    expect(address).toBe('/projects/a%20b%2Fc/events?event=x');
    expect(parseRoute('/projects/a%20b%2Fc/events')).toEqual({ name: 'project', project: 'a b/c', view: 'events' });
  });
});

describe('the way back after signing in', () => {
  it('stays on this host', () => {
    expect(safeNext('/projects/1/trends?by=%24browser')).toBe('/projects/1/trends?by=%24browser');
    expect(safeNext('//evil.example/projects/1/live')).toBe('/');
    expect(safeNext('https://evil.example')).toBe('/');
    expect(safeNext('/\\evil.example')).toBe('/');
    expect(safeNext(null)).toBe('/');
  });
});
