// The values of a breakdown of which one at a time is shown. Pure.
import type { TrendsQuery } from '../../api/types';
import { breakdownLabel } from '../../charts/series';

interface OfValue {
  breakdown: string | null;
}

/** Stays the same over refreshes, and stands in addresses: "none" is no value. */
export function valueKey({ breakdown }: OfValue): string {
  return breakdown === null ? 'none' : `=${breakdown}`;
}

/** The series of a key; null for all values together, also where there is no such value any more. */
export function shownValue<Series extends OfValue>(series: readonly Series[] | null | undefined, key: string | null): Series | null {
  return series?.find((one) => valueKey(one) === key) ?? null;
}

/** What a point's label says after its own words. */
export function valueSuffix(shown: OfValue | null, breakdown: TrendsQuery['breakdown']): string {
  return shown ? `: ${breakdownLabel(shown.breakdown, breakdown?.property)}` : '';
}

/** The query that a point is asked with: of all values together it has no breakdown. */
export function askedOf<Query extends { breakdown: TrendsQuery['breakdown'] }>(query: Query, shown: OfValue | null): Query {
  return shown ? query : { ...query, breakdown: null };
}
