// The countries of the map, and how dark each is. Pure.
import drawn from './world.json';

/** A country at the map's scale: the middle of its largest part, and its shape where it is not too small for one. */
export interface Country {
  code: string;
  x: number;
  y: number;
  shape: string | null;
}

export const mapWidth = drawn.width;
export const mapHeight = drawn.height;

export const countries: readonly Country[] = Object.entries(drawn.countries as unknown as Record<string, [number, number, string?]>)
  .map(([code, [x, y, shape = null]]) => ({ code, x, y, shape }));

const codes = new Set(countries.map((one) => one.code));

export interface MapValue {
  /** Two letters of ISO 3166; null where the country is not known. */
  code: string | null;
  value: number;
}

export const shades = 5;

export interface Shading {
  /** By country: from 1, the lightest, to the darkest; what has no value is not there. */
  shade: ReadonlyMap<string, number>;
  most: number;
  /** What the map has no place for: values without a country, or of one that it does not have. */
  elsewhere: number;
}

/**
 * Values differ by orders of magnitude between countries, so shades follow their square roots: a country with a
 * twenty-fifth of the greatest value is still told from the ones with next to nothing.
 */
export function shading(values: readonly MapValue[]): Shading {
  const known = values.filter((one): one is { code: string; value: number } => one.code !== null && codes.has(one.code) && one.value > 0);
  const most = Math.max(0, ...known.map((one) => one.value));
  return {
    shade: new Map(known.map((one) => [one.code, Math.max(1, Math.ceil(Math.sqrt(one.value / most) * shades))])),
    most,
    elsewhere: values.reduce((sum, one) => sum + (one.code === null || !codes.has(one.code) ? one.value : 0), 0),
  };
}
