import { describe, expect, it } from 'vitest';
import { defaultPaths, edgeCounts, formatPaths, itemKinds, parsePaths, switched, toPathsQuery, type PathsState } from './state';

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const texts = ['/', '/a b?c=d&e#f', '日本語', '100%', 'signed_up', '/item/*', '+plus +'];

function randomState(next: (below: number) => number): PathsState {
  const text = () => texts[next(texts.length)] ?? 'x';
  const some = () => [...new Set(Array.from({ length: next(4) }, text))];
  const include = itemKinds.map((one) => one.kind).filter(() => next(2) === 0);
  return {
    include: include.length > 0 ? include : ['events'],
    start: next(2) === 0 ? null : text(),
    end: next(2) === 0 ? null : text(),
    leave: some(),
    groups: some(),
    steps: 2 + next(9),
    edges: edgeCounts[next(edgeCounts.length)] ?? 50,
    range: next(2) === 0 ? { preset: '30d' } : { from: '2026-11-01', to: '2026-11-09' },
    filters: next(2) === 0 ? [] : [{ property: text(), operator: 'is', values: [text()] }],
    unit: next(3) === 0 ? text() : null,
    breakdown: { property: next(2) === 0 ? null : text(), limit: 1 + next(25) },
    shown: next(2) === 0 ? null : `=${text()}`,
  };
}

describe('the address of paths', () => {
  it('means the state that it was made of', () => {
    const next = generator(11);
    for (let i = 0; i < 300; i++) {
      const state = randomState(next);
      expect(parsePaths(`?${formatPaths(state)}`)).toEqual(state);
    }
  });

  it('is empty by default, and falls back part by part', () => {
    expect(formatPaths(defaultPaths)).toBe('');
    expect(parsePaths('?include=cats&start=&steps=99&edges=51&range=ever&f=x')).toEqual(defaultPaths);
    expect(parsePaths(`?${Array.from({ length: 99 }, (_, i) => `leave=${String(i)}`).join('&')}`).leave).toHaveLength(30);
  });
});

describe('what can be a step', () => {
  it('is switched, and is never nothing', () => {
    expect(switched(['pages'], 'events')).toEqual(['pages', 'events']);
    expect(switched(['pages', 'events'], 'pages')).toEqual(['events']);
    expect(switched(['pages'], 'pages')).toEqual(['pages']);
  });
});

describe('the query of paths', () => {
  it('is the documented document', () => {
    const state = parsePaths('?include=pages&include=events&start=%2F&leave=%2Fcart&group=%2Fitem%2F*&steps=3&range=24h&unit=company');
    expect(toPathsQuery(state, 'UTC', new Date('2026-11-23T12:00:00Z'))).toEqual({
      kind: 'paths', range: { last: 24, unit: 'hour' }, steps: 3, edges: 50, minimumCount: 1, include: ['pages', 'events'],
      startPoint: '/', endPoint: null, exclude: ['/cart'], groupings: ['/item/*'], filters: [], unit: { group: 'company' }, breakdown: null,
    });
  });
});
