// What a dashboard's page shows in place of what the dashboard says, as it stands in the address. Pure.
import type { PropertyFilter } from '../api/types';
import { decodeFilters, encodeFilter } from '../state/filters';
import { parseRange, type Range } from '../state/range';

export interface DashboardState {
  /** Null for what the dashboard says; each tile's own also where it says one for all. */
  range: Range | 'own' | null;
  filters: PropertyFilter[] | null;
}

export const asKept: DashboardState = { range: null, filters: null };

export function parseDashboard(search: string): DashboardState {
  const parameters = new URLSearchParams(search);
  return {
    range: !parameters.has('range') ? null : parameters.get('range') === 'own' ? 'own' : parseRange(parameters.get('range')),
    filters: parameters.has('f') ? decodeFilters(parameters.getAll('f')) : null,
  };
}

/** An address says a range also where it is the default of others, and that there are no filters where the dashboard has some. */
export function formatDashboard({ range, filters }: DashboardState): string {
  const parameters = new URLSearchParams();
  if (range === 'own') parameters.set('range', range);
  else if (range !== null) parameters.set('range', 'from' in range ? `${range.from}..${range.to}` : range.preset);
  if (filters !== null) {
    if (filters.length === 0) parameters.append('f', '');
    for (const one of filters) parameters.append('f', JSON.stringify(encodeFilter(one)));
  }

  return parameters.toString();
}

/** Which tile of which dashboard an insight's page edits: "7.2". */
export function parseTarget(search: string): { dashboard: number; tile: number } | null {
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(new URLSearchParams(search).get('tile') ?? '');
  return match ? { dashboard: Number(match[1]), tile: Number(match[2]) } : null;
}

export const refreshes = [
  { seconds: 0, label: 'Not by itself' },
  { seconds: 30, label: 'Every 30 seconds' },
  { seconds: 60, label: 'Every minute' },
  { seconds: 300, label: 'Every 5 minutes' },
  { seconds: 900, label: 'Every 15 minutes' },
  { seconds: 3_600, label: 'Every hour' },
] as const;
