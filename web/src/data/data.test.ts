import { describe, expect, it } from 'vitest';
import { examplesOf } from './examples';
import { builtIn } from './known';
import { reasonText } from './problems';
import { defaultData, formatData, parseData, sorted } from './state';

describe('the address of the Data view', () => {
  it('is read as it was written', () => {
    const state = { tab: 'properties', search: 'a/b <i>', sort: 'last', turned: true, open: 'x&y=\u0001', days: 30 } as const;
    expect(parseData(formatData(state))).toEqual(state);
    expect(formatData(defaultData)).toBe('');
  });

  it('falls back where it makes no sense', () => {
    expect(parseData('?tab=x&sort=y&turned=yes&open=&days=8')).toEqual(defaultData);
    expect(parseData(`?search=${'x'.repeat(401)}`).search).toBe('');
  });
});

describe('sorting', () => {
  const rows = [{ name: 'b', count: 1 }, { name: 'A', count: 3 }, { name: 'c', count: null }];
  it('puts names from A, and the largest first', () => {
    expect(sorted(rows, (row) => row.name, false).map((row) => row.name)).toEqual(['A', 'b', 'c']);
    expect(sorted(rows, (row) => row.count, false).map((row) => row.name)).toEqual(['A', 'b', 'c']);
  });

  it('keeps what is not known at the end, also the other way round', () => {
    expect(sorted(rows, (row) => row.count, true).map((row) => row.name)).toEqual(['b', 'A', 'c']);
  });
});

describe('descriptions that are built in', () => {
  it('are of events, properties, and what persons and groups have', () => {
    expect(builtIn('event', '$pageview')).toMatch(/page/);
    expect(builtIn('property', 'utm_source')).toMatch(/source/);
    expect(builtIn('property', 'person.email')).toBe(builtIn('property', 'email'));
    expect(builtIn('property', 'group.company.name')).toBe(builtIn('property', 'name'));
    expect(builtIn('property', '$groups.company')).toMatch(/company/);
  });

  it('are not of names that objects have by themselves', () => {
    expect(builtIn('property', 'constructor')).toBeNull();
    expect(builtIn('event', '__proto__')).toBeNull();
    expect(reasonText('toString')).toEqual({ title: 'toString', out: '' });
  });
});

describe('examples', () => {
  it('are a few different values of each property', () => {
    const examples = examplesOf([1, 2, 2, 3, 4].map((n) => ({ properties: { n, same: 'x', long: 'y'.repeat(200), none: null, empty: '', list: [1] } })));
    expect(examples.get('n')).toEqual(['1', '2', '3']);
    expect(examples.get('same')).toEqual(['x']);
    expect(examples.get('long')).toEqual([`${'y'.repeat(80)}…`]);
    expect(examples.get('list')).toEqual(['[1]']);
    expect(examples.has('none') || examples.has('empty')).toBe(false);
  });
});
