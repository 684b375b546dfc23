// What the page shows, as it stands in the address. Pure.
import { partIds, type PartId } from './chain';
import type { Flow } from './types';
import { flows } from './words';

export interface CapacityState {
  /** Whose trend is drawn. */
  flow: Flow;
  /** The part that is open. */
  part: PartId | null;
  /** Whose parts are shown; null for those of all. */
  process: string | null;
}

export function parseState(search: string): CapacityState {
  const parameters = new URLSearchParams(search);
  return {
    flow: flows.find((one) => one.value === parameters.get('flow'))?.value ?? 'ingest',
    part: partIds.find((one) => one === parameters.get('part')) ?? null,
    process: parameters.get('process') || null,
  };
}

export function writeState({ flow, part, process }: CapacityState): string {
  const parameters = new URLSearchParams();
  if (flow !== 'ingest') parameters.set('flow', flow);
  if (part !== null) parameters.set('part', part);
  if (process !== null) parameters.set('process', process);
  return parameters.toString();
}
