import { describe, expect, it } from 'vitest';
import type { PathEdge } from '../../api/types';
import { layOut, nodeKey, ribbon, summarisePaths, type FlowRoom } from './layout';

const room: FlowRoom = { width: 600, columnWidth: 150, nodeWidth: 10, pitch: 26, gap: 10, body: 300 };
const edge = (step: number, from: string, to: string, count: number): PathEdge => ({ step, from, to, count, meanSeconds: 1 });
const edges = [edge(1, '/', '/a', 60), edge(1, '/', '/b', 30), edge(1, '/x', '/b', 10), edge(2, '/a', '/', 40), edge(2, '/b', '/', 20), edge(2, '/b', '/c', 5)];

describe('ways', () => {
  const flow = layOut(edges, room);
  const node = (step: number, name: string) => flow.nodes.find((one) => one.key === nodeKey(step, name));

  it('have a column for each step, and the same name in two columns is two', () => {
    expect(flow.nodes.map((one) => one.key).sort()).toEqual(['1 /', '1 /x', '2 /a', '2 /b', '3 /', '3 /c']);
    expect([node(1, '/')?.x, node(2, '/a')?.x, node(3, '/')?.x]).toEqual([0, 200, 400]);
    expect(flow.width).toBe(600);
  });

  it('count what arrives, else what leaves, and who ends', () => {
    expect(node(1, '/')).toMatchObject({ count: 90, ended: 0 });
    expect(node(2, '/a')).toMatchObject({ count: 60, ended: 20 });
    expect(node(2, '/b')).toMatchObject({ count: 40, ended: 15 });
    expect(node(3, '/')).toMatchObject({ count: 60, ended: 60 });
  });

  it('are as high as they are frequent', () => {
    expect(node(1, '/')?.height).toBeCloseTo(270);
    expect(node(2, '/a')?.height).toBeCloseTo(180);
    expect(flow.links.find((one) => one.key === '1 / → 2 /a')?.width).toBeCloseTo(180);
  });

  it('never overlap within a column, names included', () => {
    for (const step of [1, 2, 3]) {
      const column = flow.nodes.filter((one) => one.step === step).sort((a, b) => a.y - b.y);
      column.slice(1).forEach((one, index) => {
        const before = column[index];
        expect(one.y - (before?.y ?? 0)).toBeGreaterThanOrEqual(Math.max((before?.height ?? 0) + room.gap, room.pitch) - 1e-9);
      });
    }

    expect(Math.max(...flow.nodes.map((one) => one.y + one.height))).toBeLessThanOrEqual(flow.height);
  });

  it('have ribbons that stay within the steps that they join', () => {
    for (const one of flow.links) {
      expect(one.y0 - one.width / 2).toBeGreaterThanOrEqual(one.from.y - 1e-9);
      expect(one.y0 + one.width / 2).toBeLessThanOrEqual(one.from.y + one.from.height + 1e-9);
      expect(one.y1 - one.width / 2).toBeGreaterThanOrEqual(one.to.y - 1e-9);
      expect(one.y1 + one.width / 2).toBeLessThanOrEqual(one.to.y + one.to.height + 1e-9);
    }
  });

  it('do not cross where they need not', () => {
    const crossed = layOut([edge(1, '/a', '/p', 10), edge(1, '/b', '/q', 9)], room);
    const y = (key: string) => crossed.nodes.find((one) => one.key === key)?.y ?? Number.NaN;
    expect(y('1 /a') < y('1 /b')).toBe(y('2 /p') < y('2 /q'));
  });

  it('grow wider than the room rather than narrower than a column may be', () => {
    expect(layOut(edges, { ...room, width: 300 }).width).toBe(450);
    expect(layOut([], room)).toEqual({ nodes: [], links: [], width: 0, height: 0 });
  });

  it('are drawn and told', () => {
    const first = flow.links[0];
    expect(first && ribbon(first, 10)).toMatch(/^M10,\d+(\.\d)?C105,.* 200,\d+(\.\d)?$/);
    expect(summarisePaths(flow, 120)).toBe('120 ways. Most frequent first steps: / to /a: 60; / to /b: 30; /x to /b: 10.');
  });
});
