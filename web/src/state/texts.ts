// What the views share about what stands in an address: anything may.
import type { PropertyFilter } from '../api/types';
import { decodeFilter, maxFilters } from './filters';

/** The server's own bound on names, in characters. */
export const maxText = 400;

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxText;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The filters of one event, as encodeFilter writes each. */
export function parseWhere(value: unknown): PropertyFilter[] {
  return (Array.isArray(value) ? value : [])
    .map(decodeFilter)
    .filter((filter) => filter !== null)
    .slice(0, maxFilters);
}

/** A whole number within its bounds, else the default. */
export function wholeNumber(text: string | null, least: number, most: number, otherwise: number): number {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isInteger(value) && value >= least && value <= most ? value : otherwise;
}
