// Where the steps and edges of ways stand: a column for each step of the way, the edges as ribbons between. Pure.
import type { PathEdge } from '../../api/types';

/** What stands for the steps left out between a start and an end point. */
export const middle = '…';

export interface FlowNode {
  key: string;
  name: string;
  /** Of the way, from 1. */
  step: number;
  /** Ways through it, as far as its edges show: those that arrive or, at the beginning, that leave. */
  count: number;
  /** Of them, ways that have no edge shown from here on. */
  ended: number;
  x: number;
  y: number;
  height: number;
}

export interface FlowLink {
  key: string;
  from: FlowNode;
  to: FlowNode;
  edge: PathEdge;
  /** Where its middle line leaves and arrives. */
  y0: number;
  y1: number;
  width: number;
}

export interface Flow {
  nodes: FlowNode[];
  links: FlowLink[];
  width: number;
  height: number;
}

export interface FlowRoom {
  /** What is there to fill; more columns than fit make it wider. */
  width: number;
  columnWidth: number;
  /** Of the bar that a step is drawn as. */
  nodeWidth: number;
  /** From one step of a column to the next at least, so that their names never touch. */
  pitch: number;
  gap: number;
  /** What the ways of the fullest column take together, without gaps. */
  body: number;
}

export function nodeKey(step: number, name: string): string {
  return `${String(step)} ${name}`;
}

export function layOut(edges: readonly PathEdge[], room: FlowRoom): Flow {
  const sums = new Map<string, { step: number; name: string; in: number; out: number }>();
  const at = (step: number, name: string) => {
    const key = nodeKey(step, name);
    let sum = sums.get(key);
    if (!sum) sums.set(key, (sum = { step, name, in: 0, out: 0 }));
    return sum;
  };
  for (const edge of edges) {
    at(edge.step, edge.from).out += edge.count;
    at(edge.step + 1, edge.to).in += edge.count;
  }

  const nodes: FlowNode[] = [...sums.entries()].map(([key, sum]) => ({
    key, name: sum.name, step: sum.step, count: Math.max(sum.in, sum.out), ended: Math.max(sum.in - sum.out, 0), x: 0, y: 0, height: 0,
  }));
  const byKey = new Map(nodes.map((one) => [one.key, one]));
  const columns = group(nodes, (one) => one.step);
  const most = Math.max(...columns.map((column) => column.reduce((sum, one) => sum + one.count, 0)), 1);
  const scale = room.body / most;

  // Names stand to the right of their bar, so the last column takes as much room as the others.
  const columnWidth = Math.max(room.columnWidth, room.width / Math.max(columns.length, 1));
  let height = 0;
  columns.forEach((column, index) => {
    order(column, edges, byKey);
    let y = 0;
    for (const node of column) {
      node.x = index * columnWidth;
      node.y = y;
      node.height = Math.max(node.count * scale, 3);
      y += Math.max(node.height + room.gap, room.pitch);
    }

    height = Math.max(height, y);
  });

  return { nodes, links: link(edges, byKey, scale), width: columnWidth * columns.length, height };
}

// The first column by size; the others by where their ways come from, which keeps ribbons from crossing.
function order(column: FlowNode[], edges: readonly PathEdge[], byKey: ReadonlyMap<string, FlowNode>): void {
  const origin = new Map(column.map((node) => {
    let weight = 0;
    let sum = 0;
    for (const edge of edges) {
      if (edge.step + 1 !== node.step || edge.to !== node.name) continue;
      const from = byKey.get(nodeKey(edge.step, edge.from));
      if (!from) continue;
      weight += edge.count;
      sum += edge.count * (from.y + from.height / 2);
    }

    return [node.key, weight === 0 ? null : sum / weight] as const;
  }));
  column.sort((a, b) => {
    const [one, other] = [origin.get(a.key) ?? null, origin.get(b.key) ?? null];
    if (one !== null && other !== null && Math.abs(one - other) > 1) return one - other;
    return b.count - a.count || (a.name < b.name ? -1 : 1);
  });
}

function link(edges: readonly PathEdge[], byKey: ReadonlyMap<string, FlowNode>, scale: number): FlowLink[] {
  const links = edges.flatMap((edge) => {
    const [from, to] = [byKey.get(nodeKey(edge.step, edge.from)), byKey.get(nodeKey(edge.step + 1, edge.to))];
    return from && to ? [{ key: `${from.key} → ${to.key}`, from, to, edge, y0: 0, y1: 0, width: Math.max(edge.count * scale, 1) }] : [];
  });
  stackEnds(links, (one) => one.from, (one) => one.to, (one, y) => (one.y0 = y));
  stackEnds(links, (one) => one.to, (one) => one.from, (one, y) => (one.y1 = y));
  return links;
}

// At each step its ribbons stand one under the other, in the order of where their other end is.
function stackEnds(links: readonly FlowLink[], here: (link: FlowLink) => FlowNode, there: (link: FlowLink) => FlowNode, put: (link: FlowLink, y: number) => void): void {
  for (const ends of group(links, (one) => here(one).key)) {
    ends.sort((a, b) => there(a).y - there(b).y);
    let y = ends[0] ? here(ends[0]).y : 0;
    for (const one of ends) {
      put(one, y + one.width / 2);
      y += one.width;
    }
  }
}

/** Groups in the order in which their first member comes; numbers as keys in their own order. */
function group<Item>(items: readonly Item[], key: (item: Item) => string | number): Item[][] {
  const groups = new Map<string | number, Item[]>();
  for (const one of items) {
    const list = groups.get(key(one));
    if (list) list.push(one);
    else groups.set(key(one), [one]);
  }

  return [...groups.entries()].sort(([a], [b]) => (typeof a === 'number' && typeof b === 'number' ? a - b : 0)).map(([, list]) => list);
}

/** A ribbon's middle line: flat at both ends. */
export function ribbon(link: FlowLink, nodeWidth: number): string {
  const [x0, x1] = [link.from.x + nodeWidth, link.to.x];
  const half = (x0 + x1) / 2;
  return `M${String(x0)},${link.y0.toFixed(1)}C${String(half)},${link.y0.toFixed(1)} ${String(half)},${link.y1.toFixed(1)} ${String(x1)},${link.y1.toFixed(1)}`;
}

/** The ways in words: how many, and the most frequent first steps. */
export function summarisePaths(flow: Flow, ways: number): string {
  const first = flow.links.filter((one) => one.from.step === 1).sort((a, b) => b.edge.count - a.edge.count).slice(0, 3);
  const parts = first.map((one) => `${one.from.name} to ${one.to.name}: ${String(one.edge.count)}`);
  return `${String(ways)} ways. Most frequent first steps: ${parts.length > 0 ? parts.join('; ') : 'none'}.`;
}
