// The pictures and figures that there are of a question, where its kind leaves a choice. Pure.
import type { InsightQuery, TileDisplay } from '../api/types';
import { webMetrics } from '../home/metrics';
import { metrics } from '../insights/sessions/state';
import { hasMap } from '../insights/trends/state';
import type { IconName } from '../ui/icons';

const displays: readonly { display: TileDisplay; label: string; icon: IconName }[] = [
  { display: 'line', label: 'Lines', icon: 'line' },
  { display: 'bar', label: 'Bars', icon: 'bar' },
  { display: 'number', label: 'Number', icon: 'events' },
  { display: 'table', label: 'Table', icon: 'events' },
  { display: 'map', label: 'World map', icon: 'globe' },
];

function has(query: InsightQuery, display: TileDisplay): boolean {
  switch (query.kind) {
    case 'trends':
      return display !== 'map' || hasMap(query);
    case 'sessions':
      return display !== 'map';
    case 'web':
      if (query.lists.length === 0) return query.parts.includes('series') && ['line', 'bar', 'number'].includes(display);
      return query.lists.some((one) => one.by === 'country') && (display === 'table' || display === 'map');
    default:
      return false;
  }
}

/** Nothing where there is only one. */
export function displaysOf(query: InsightQuery) {
  return displays.filter((one) => has(query, one.display));
}

/** By their names in the answer. */
export function figuresOf(query: InsightQuery): readonly { key: string; label: string }[] {
  if (query.kind === 'sessions') return metrics;
  return query.kind === 'web' && query.parts.includes('series') ? webMetrics : [];
}
