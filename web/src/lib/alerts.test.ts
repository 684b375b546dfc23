import { describe, expect, it } from 'vitest';
import type { Alert } from '../api/types';
import { lasted, shown, untold } from './alerts';
import type { Part } from './health';

const alert = (id: string, more: Partial<Alert> = {}): Alert => ({
  id, severity: 'critical', title: id, detail: 'd', since: '2026-11-01T08:00:00Z', state: 'firing', resolvedAt: null, acknowledgedUntil: null, ...more,
});
const part = (id: string, ok = false): Part => ({ id, name: id, ok, means: '', detail: null, since: null });

describe('shown', () => {
  it('leaves out what somebody acknowledged and keeps the order', () => {
    const firing = [alert('b'), alert('a', { acknowledgedUntil: '2026-11-02T08:00:00Z' }), alert('c', { severity: 'warning' })];
    expect(shown(firing).map((one) => one.id)).toEqual(['b', 'c']);
  });
});

describe('untold', () => {
  it('keeps parts that are not well until an alert tells of them', () => {
    const parts = [part('writer'), part('alerting'), part('control', true)];
    expect(untold(parts, []).map((one) => one.id)).toEqual(['writer', 'alerting']);
    expect(untold(parts, [alert('part:writer', { acknowledgedUntil: '2026-11-02T08:00:00Z' })]).map((one) => one.id)).toEqual(['alerting']);
  });
});

describe('lasted', () => {
  it('is until now while it fires, and until it was well again', () => {
    const now = Date.parse('2026-11-01T08:00:59Z');
    expect(lasted(alert('a'), now)).toBe('59 s');
    expect(lasted(alert('a'), now + 61_000)).toBe('2 min');
    expect(lasted(alert('a', { resolvedAt: '2026-11-01T10:59:00Z' }), now)).toBe('2 h');
    expect(lasted(alert('a', { resolvedAt: '2026-11-04T08:00:00Z' }), now)).toBe('3 d');
    expect(lasted(alert('a'), now - 120_000)).toBe('0 s');
  });
});
