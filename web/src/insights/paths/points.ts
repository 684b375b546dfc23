// The points of paths that persons are behind: the edges. Pure.
import type { PathEdge, PathsQuery, PathsResult, PathsSeries } from '../../api/types';
import { eventLabel, plural } from '../../lib/format';
import type { DrillPoint } from '../../persons/drill';
import { askedThen, breakdownOf, spanText } from '../shared/point';
import { askedOf, valueSuffix } from '../shared/values';

/** @param value Of whose ways the edge is; null for all values together. */
export function edgePoint(result: PathsResult, query: PathsQuery, edge: PathEdge, value: PathsSeries | null = null): DrillPoint {
  const asked = askedThen(askedOf(query, value), result);
  return {
    label: `${eventLabel(edge.from)} → ${eventLabel(edge.to)}${valueSuffix(value, query.breakdown)}`,
    when: `Step ${String(edge.step)} to ${String(edge.step + 1)}, ${spanText(asked, result.timeZone)}`,
    amount: plural(edge.count, 'way'),
    query: asked,
    point: { step: edge.step, from: edge.from, to: edge.to, ...breakdownOf(value ?? {}) },
    period: null,
  };
}
