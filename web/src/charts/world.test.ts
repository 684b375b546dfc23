import { describe, expect, it } from 'vitest';
import { countries, mapHeight, mapWidth, shades, shading } from './world';

describe('the countries of the map', () => {
  it('are each there once, under two letters, within the picture', () => {
    expect(new Set(countries.map((one) => one.code)).size).toBe(countries.length);
    expect(countries.length).toBeGreaterThan(200);
    for (const { code, x, y, shape } of countries) {
      expect(code).toMatch(/^[A-Z]{2}$/);
      expect([x >= 0 && x <= mapWidth, y >= 0 && y <= mapHeight]).toEqual([true, true]);
      if (shape !== null) expect(shape).toMatch(/^M[-\d]/);
    }
  });

  it('have a shape where they are large, and a dot where not', () => {
    const shape = (code: string) => countries.find((one) => one.code === code)?.shape;
    expect([shape('DE'), shape('BR'), shape('XK')].every((one) => typeof one === 'string')).toBe(true);
    expect([shape('SG'), shape('MT'), shape('VA')]).toEqual([null, null, null]);
  });
});

describe('shades', () => {
  it('follow the roots of the values, the greatest darkest', () => {
    const { shade, most } = shading([{ code: 'DE', value: 100 }, { code: 'FR', value: 25 }, { code: 'SG', value: 1 }, { code: 'US', value: 0 }]);
    expect([...shade]).toEqual([['DE', shades], ['FR', 3], ['SG', 1]]);
    expect(most).toBe(100);
  });

  it('leave out what has no place, and say how much that is', () => {
    expect(shading([{ code: null, value: 3 }, { code: 'ZZ', value: 4 }, { code: 'DE', value: 1 }])).toMatchObject({ elsewhere: 7, most: 1 });
    expect(shading([])).toEqual({ shade: new Map(), most: 0, elsewhere: 0 });
  });
});
