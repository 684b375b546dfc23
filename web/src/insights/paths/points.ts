// The points of paths that persons are behind: the edges. Pure.
import type { PathEdge, PathsQuery, PathsResult } from '../../api/types';
import { eventLabel, plural } from '../../lib/format';
import type { DrillPoint } from '../../persons/drill';
import { askedThen, spanText } from '../shared/point';

export function edgePoint(result: PathsResult, query: PathsQuery, edge: PathEdge): DrillPoint {
  const asked = askedThen(query, result);
  return {
    label: `${eventLabel(edge.from)} → ${eventLabel(edge.to)}`,
    when: `Step ${String(edge.step)} to ${String(edge.step + 1)}, ${spanText(asked, result.timeZone)}`,
    amount: plural(edge.count, 'way'),
    query: asked,
    point: { step: edge.step, from: edge.from, to: edge.to },
    period: null,
  };
}
