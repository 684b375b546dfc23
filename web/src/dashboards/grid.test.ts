import { describe as group, expect, it } from 'vitest';
import { columns, describe, fall, nudge, overlap, placeFor, put, readingOrder, reorder, rows, sameLayout, type Place } from './grid';

const tile = (id: number, x: number, y: number, width = 6, height = 4): Place => ({ id, x, y, width, height });
const at = (places: readonly Place[], id: number) => {
  const one = places.find((place) => place.id === id);
  return one && [one.x, one.y, one.width, one.height];
};

/** A small generator, so that a failure can be seen again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

group('tiles', () => {
  it('fall upwards and keep their order', () => {
    const fallen = fall([tile(1, 0, 3), tile(2, 6, 9), tile(3, 0, 20)]);
    expect([at(fallen, 1), at(fallen, 2), at(fallen, 3)]).toEqual([[0, 0, 6, 4], [6, 0, 6, 4], [0, 4, 6, 4]]);
  });

  it('change places with what they are moved past', () => {
    const start = [tile(1, 0, 0, 12), tile(2, 0, 4, 12)];
    const down = nudge(start, 1, 0, 1);
    expect([at(down, 1), at(down, 2)]).toEqual([[0, 4, 12, 4], [0, 0, 12, 4]]);
    expect(sameLayout(nudge(down, 1, 0, -1), start)).toBe(true);
  });

  it('push others down where they are put upon them', () => {
    const moved = put([tile(1, 0, 0), tile(2, 6, 0)], 1, { x: 3 });
    expect([at(moved, 1), at(moved, 2)]).toEqual([[3, 0, 6, 4], [6, 4, 6, 4]]);
  });

  it('stay within the grid and above a least size', () => {
    const start = [tile(1, 0, 0)];
    expect(at(put(start, 1, { x: 40, y: -3 }), 1)).toEqual([6, 0, 6, 4]);
    expect(at(put(start, 1, { width: 99, height: 99 }), 1)).toEqual([0, 0, 12, 24]);
    expect(at(put(start, 1, { width: 0, height: 0 }), 1)).toEqual([0, 0, 2, 2]);
    expect(nudge(start, 1, -1, 0)).toEqual(start);
    expect(nudge(start, 1, 0, 1)).toEqual(start);
  });

  it('are placed where there is room', () => {
    expect(placeFor([], 6, 4)).toEqual({ x: 0, y: 0 });
    expect(placeFor([tile(1, 0, 0)], 6, 4)).toEqual({ x: 6, y: 0 });
    expect(placeFor([tile(1, 0, 0), tile(2, 6, 0)], 4, 4)).toEqual({ x: 0, y: 4 });
  });

  it('are read from left to right, then downwards', () => {
    expect(readingOrder([tile(3, 0, 4), tile(2, 6, 0), tile(1, 0, 0)]).map((one) => one.id)).toEqual([1, 2, 3]);
  });

  it('are read in another order, where they stand in one column', () => {
    const start = [tile(1, 0, 0), tile(2, 6, 0), tile(3, 0, 4, 12)];
    const order = (places: readonly Place[]) => readingOrder(places).map((one) => one.id);
    expect(order(reorder(start, 2, 1))).toEqual([1, 3, 2]);
    expect(order(reorder(start, 0, 2))).toEqual([2, 3, 1]);
    expect(reorder(start, 1, 1)).toEqual(start);
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed);
      const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
      let places: Place[] = [];
      for (let id = 1; id <= 7; id++) {
        const [width, height] = [whole(2, 12), whole(2, 6)];
        places = fall([...places, { id, ...placeFor(places, width, height), width, height }]);
      }

      const [from, to] = [whole(0, 6), whole(0, 6)];
      const wanted = order(places);
      wanted.splice(to, 0, ...wanted.splice(from, 1));
      const moved = reorder(places, from, to);
      expect(order(moved)).toEqual(wanted);
      expect(sameLayout(fall(moved), moved)).toBe(true);
      expect(moved.every((one) => one.x >= 0 && one.x + one.width <= columns && !moved.some((other) => other.id !== one.id && overlap(one, other)))).toBe(true);
    }
  });

  it('say where they are', () => {
    expect(describe(tile(1, 2, 1, 6, 4), 'Sign-ups')).toBe('Sign-ups is at column 3, row 2, 6 columns wide and 4 rows high');
  });

  it('never lie over each other, leave the grid or float, whatever is done to them', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const next = random(seed);
      const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
      let places: Place[] = [];
      for (let step = 0; step < 40; step++) {
        const id = places.length === 0 ? 0 : (places[whole(0, places.length - 1)]?.id ?? 0);
        if (places.length < 8 && next() < 0.3) {
          const [width, height] = [whole(2, 12), whole(2, 6)];
          places = fall([...places, { id: step + 1, ...placeFor(places, width, height), width, height }]);
        } else if (next() < 0.5) {
          places = nudge(places, id, whole(-1, 1), whole(-1, 1));
        } else {
          places = put(places, id, { x: whole(-2, 14), y: whole(-2, 30), width: whole(0, 14), height: whole(0, 8) });
        }

        for (const one of places) {
          expect(one.x >= 0 && one.x + one.width <= columns && one.y >= 0).toBe(true);
          expect(places.filter((other) => other.id !== one.id && overlap(one, other))).toEqual([]);
        }

        expect(sameLayout(fall(places), places)).toBe(true);
        expect(rows(places)).toBeLessThanOrEqual(places.reduce((sum, one) => sum + one.height, 0));
      }
    }
  });
});
