// The way of an event through the server, part by part, and how full each part is. Pure.
import type { CapacityReport, FlowHeadroom, ResourceReport } from './types';
import { busyOf, flowLabel, formatAmount, resourceInText, resourceName, type Busy } from './words';

/** The ends of the chain are no parts of the server. */
export const partIds = ['sdk', 'capture', 'log', 'writer', 'store', 'queries', 'app', 'machine'] as const;
export type PartId = (typeof partIds)[number];

const parts: readonly { id: PartId; name: string; means: string; resources: readonly string[] }[] = [
  { id: 'sdk', name: 'SDKs', means: 'Send events', resources: [] },
  { id: 'capture', name: 'Capture', means: 'Takes them in', resources: ['capture_cpu', 'capture_queue'] },
  { id: 'log', name: 'Log', means: 'Keeps them safe', resources: ['fsync'] },
  { id: 'writer', name: 'Writer', means: 'Sorts and enriches', resources: ['writer', 'writer_cpu', 'consumer_lag'] },
  { id: 'store', name: 'Store', means: 'Holds them', resources: ['store_writes', 'disk_space'] },
  { id: 'queries', name: 'Queries', means: 'Count them', resources: ['query_cpu', 'query_queue', 'clickhouse', 'cache'] },
  { id: 'app', name: 'App', means: 'Shows them', resources: [] },
];

const machine = { id: 'machine', name: 'Shared by all', means: 'What every part uses' } as const;

export interface ChainPart {
  id: PartId;
  name: string;
  means: string;
  resources: readonly ResourceReport[];
  /** Of the fullest of its resources; null where none is measured. */
  utilisation: number | null;
  fullest: string | null;
  busy: Busy | null;
  /** The flows that break here first, with the resource. */
  binds: readonly { flow: FlowHeadroom['flow']; resource: string }[];
  errorsPerSecond: number;
}

/** A cache that is full does what it should. */
const counts = (resource: ResourceReport): boolean => resource.kind !== 'cache';

function partOf({ id, name, means }: { id: PartId; name: string; means: string }, resources: readonly ResourceReport[], flows: readonly FlowHeadroom[]): ChainPart {
  const fullest = resources.filter(counts).reduce<ResourceReport | null>((most, one) => (most === null || one.utilisation > most.utilisation ? one : most), null);
  return {
    id, name, means, resources,
    utilisation: fullest?.utilisation ?? null,
    fullest: fullest?.name ?? null,
    busy: fullest === null ? null : busyOf(fullest.utilisation),
    binds: flows.flatMap(({ flow, binding }) => (binding !== null && resources.some((one) => one.name === binding) ? [{ flow, resource: binding }] : [])),
    errorsPerSecond: resources.reduce((sum, one) => sum + one.errorsPerSecond, 0),
  };
}

/** The parts in the order of an event's way, and what all of them share; a resource that this page does not know is among the shared. */
export function chainOf({ resources, flows }: Pick<CapacityReport, 'resources' | 'flows'>): { chain: ChainPart[]; shared: ChainPart | null } {
  const known = new Set(parts.flatMap((part) => part.resources));
  const rest = resources.filter((one) => !known.has(one.name));
  return {
    chain: parts.map((part) => partOf(part, part.resources.flatMap((name) => resources.filter((one) => one.name === name)), flows)),
    shared: rest.length === 0 ? null : partOf(machine, rest, flows),
  };
}

/** What one process has of all of them; all where none is chosen, or where it has gone. */
export function ofProcess<T extends Pick<CapacityReport, 'resources' | 'processes'>>(report: T, process: string | null): T {
  const chosen = (report.processes ?? []).some((one) => one.name === process);
  return chosen ? { ...report, resources: report.resources.filter((one) => one.process === process) } : report;
}

/** What of a part breaks first, and for which flow; the part's own name goes without saying. */
export function bindsText({ name, binds }: Pick<ChainPart, 'name' | 'binds'>): string {
  const resources = [...new Set(binds.map((one) => one.resource))].map(resourceName).filter((one) => one !== name);
  const flows = binds.map((one) => flowLabel(one.flow).toLowerCase()).join(' and ');
  return resources.length === 0 ? `for ${flows}` : `${resources.join(', ')}, for ${flows}`;
}

/** What comes into the chain and what is asked of it, as it is said at its ends. */
export function endText(id: PartId, flows: readonly FlowHeadroom[], locale?: string): string | null {
  const flow = flows.find((one) => one.flow === (id === 'sdk' ? 'ingest' : 'queries'));
  return flow === undefined ? null : formatAmount(flow.load, flow.unit, locale);
}

/** The chain in one sentence: which part breaks first for each flow. */
export function bindingText(flows: readonly FlowHeadroom[]): string {
  const named = flows.flatMap(({ flow, binding }) => (binding === null ? [] : [`${resourceInText(binding)} for ${flow}`]));
  if (named.length === 0) return 'What breaks first cannot be said yet.';
  return `What breaks first: ${named.join(', ')}.`;
}
