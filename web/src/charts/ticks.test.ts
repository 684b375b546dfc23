import { describe, expect, it } from 'vitest';
import { bandIndex, extent, isWhole, labelIndexes, nearest, nearestIndex, stack, within } from './ticks';

describe('the span of values', () => {
  it('always holds zero', () => {
    expect(extent([[3, 9], [null, 5]])).toEqual([0, 9]);
    expect(extent([[-4, -2]])).toEqual([-4, 0]);
  });

  it('is not empty without data', () => {
    expect(extent([])).toEqual([0, 1]);
    expect(extent([[0, null]])).toEqual([0, 1]);
  });
});

describe('labels', () => {
  it('never touch and hold the last bucket', () => {
    for (let count = 1; count < 400; count += 7) {
      for (const width of [240, 600, 1100]) {
        const indexes = labelIndexes(count, width, 64);
        expect(indexes.at(-1)).toBe(count - 1);
        const space = count > 1 ? width / (count - 1) : width;
        for (let i = 1; i < indexes.length; i++) {
          const distance = ((indexes[i] ?? 0) - (indexes[i - 1] ?? 0)) * space;
          expect(distance).toBeGreaterThanOrEqual(63.9);
        }
      }
    }
  });

  it('are all there when they fit', () => {
    expect(labelIndexes(7, 700, 64)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(labelIndexes(0, 700, 64)).toEqual([]);
  });
});

describe('positions', () => {
  it('find the nearest point of a line', () => {
    expect(nearestIndex(0, 40, 100, 11)).toBe(0);
    expect(nearestIndex(94, 40, 100, 11)).toBe(5);
    expect(nearestIndex(500, 40, 100, 11)).toBe(10);
    expect(nearestIndex(50, 40, 0, 11)).toBe(0);
  });

  it('find the band of a bar', () => {
    expect(bandIndex(40, 40, 100, 4)).toBe(0);
    expect(bandIndex(66, 40, 100, 4)).toBe(1);
    expect(bandIndex(140, 40, 100, 4)).toBe(3);
  });
});

describe('stacks', () => {
  it('stand on each other', () => {
    expect(stack([[1, null], [2, 3]])).toEqual([
      [{ from: 0, to: 1 }, { from: 0, to: 0 }],
      [{ from: 1, to: 3 }, { from: 0, to: 3 }],
    ]);
  });
});

describe('stacks of both signs', () => {
  it('grow away from zero on either side', () => {
    expect(stack([[5], [-2], [3], [-1]])).toEqual([[{ from: 0, to: 5 }], [{ from: 0, to: -2 }], [{ from: 5, to: 8 }], [{ from: -2, to: -3 }]]);
  });
});

describe('axes', () => {
  it('are whole for whole values', () => {
    expect(isWhole([[1, null, 3]])).toBe(true);
    expect(isWhole([[1.5]])).toBe(false);
  });
});

describe('what a pointer is at', () => {
  it('is the value that is nearest', () => {
    expect(nearest([10, null, 3], 5)).toBe(2);
    expect(nearest([null], 5)).toBe(-1);
  });

  it('is the piece of a bar that it is in, never an empty one', () => {
    const pieces = [{ from: 0, to: 4 }, { from: 4, to: 4 }, { from: 4, to: 9 }, { from: 0, to: -3 }];
    expect([2, 4.5, 20, -1, -9].map((value) => within(pieces, value))).toEqual([0, 2, 2, 3, 3]);
    expect(within([], 1)).toBe(-1);
  });
});
