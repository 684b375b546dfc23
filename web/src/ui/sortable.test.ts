import { describe, expect, it } from 'vitest';
import { landing, shift } from './sortable';

// Three items of 40, 60 and 40 px, 10 px apart.
const items = [{ top: 100, height: 40 }, { top: 150, height: 60 }, { top: 220, height: 40 }];

describe('a dragged item', () => {
  it('stays until its middle has passed the next one’s', () => {
    expect(landing(items, 0, 0)).toBe(0);
    expect(landing(items, 0, 59)).toBe(0);
    expect(landing(items, 0, 61)).toBe(1);
    expect(landing(items, 0, 500)).toBe(2);
    expect(landing(items, 2, -61)).toBe(1);
    expect(landing(items, 2, -500)).toBe(0);
  });

  it('makes the others move into the room that it leaves', () => {
    expect([0, 1, 2].map((index) => shift(items, 0, 2, index))).toEqual([0, -50, -50]);
    expect([0, 1, 2].map((index) => shift(items, 2, 0, index))).toEqual([50, 50, 0]);
    expect([0, 1, 2].map((index) => shift(items, 1, 1, index))).toEqual([0, 0, 0]);
    expect(shift([{ top: 0, height: 10 }], 0, 0, 0)).toBe(0);
  });
});
