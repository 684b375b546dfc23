// A breakdown as it stands in an address: by=$browser&top=5. Pure.
import type { TrendsQuery } from '../../api/types';
import { isText, wholeNumber } from '../../state/texts';

export const maxBreakdown = 25;
const defaultLimit = 10;

export interface Breakdown {
  property: string | null;
  limit: number;
}

export const noBreakdown: Breakdown = { property: null, limit: defaultLimit };

export function askedBreakdown({ property, limit }: Breakdown): TrendsQuery['breakdown'] {
  return property === null ? null : { property, limit };
}

export function parseBreakdown(parameters: URLSearchParams): Breakdown {
  const property = parameters.get('by');
  return {
    property: isText(property) ? property : null,
    limit: wholeNumber(parameters.get('top'), 1, maxBreakdown, defaultLimit),
  };
}

export function setBreakdown(parameters: URLSearchParams, { property, limit }: Breakdown): void {
  if (property !== null) parameters.set('by', property);
  if (limit !== defaultLimit) parameters.set('top', String(limit));
}
