import { describe, expect, it } from 'vitest';
import { asKept, formatDashboard, parseDashboard, parseTarget } from './state';

describe('the address of a dashboard', () => {
  it('says nothing of what the dashboard says itself', () => {
    expect(formatDashboard(asKept)).toBe('');
    expect(parseDashboard('')).toEqual(asKept);
  });

  it('says a range also where it is others’ default, and that there are no filters', () => {
    for (const state of [
      { range: { preset: '7d' as const }, filters: null },
      { range: 'own' as const, filters: null },
      { range: { from: '2026-11-01', to: '2026-11-03' }, filters: [] },
      { range: null, filters: [{ property: '$browser', operator: 'is' as const, values: ['Chrome'] }] },
    ]) {
      expect(parseDashboard(formatDashboard(state))).toEqual(state);
    }
  });

  it('names the tile that an insight is edited for', () => {
    expect(parseTarget('range=7d&tile=7.2')).toEqual({ dashboard: 7, tile: 2 });
    for (const wrong of ['', 'tile=7', 'tile=7.x', 'tile=-1.2']) expect(parseTarget(wrong)).toBeNull();
  });
});
