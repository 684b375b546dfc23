import { describe, expect, it, vi } from 'vitest';
import { match } from './shortcuts';

describe('shortcuts', () => {
  const go = vi.fn();
  const help = vi.fn();
  const shortcuts = { 'g t': go, '?': help };

  it('are single keys', () => {
    expect(match(shortcuts, '?', null, 0)).toBe(help);
    expect(match(shortcuts, 't', null, 0)).toBeUndefined();
  });

  it('are chords typed within a second', () => {
    expect(match(shortcuts, 't', { key: 'g', at: 0 }, 900)).toBe(go);
    expect(match(shortcuts, 't', { key: 'g', at: 0 }, 1_100)).toBeUndefined();
    expect(match(shortcuts, 't', { key: 'x', at: 0 }, 10)).toBeUndefined();
  });
});
