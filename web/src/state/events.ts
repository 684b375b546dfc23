// What the Events view shows, and how that stands in the address.
import type { PropertyFilter } from '../api/types';
import { addDays, isDate } from '../lib/dates';
import { decodeFilters, encodeFilter } from './filters';

const maxText = 400;

export interface EventsState {
  event: string | null;
  filters: PropertyFilter[];
  /** Whole days in the project's time zone, both included; null for no bound. */
  from: string | null;
  to: string | null;
  /** The event whose details are open. */
  open: string | null;
}

export const defaultEvents: EventsState = { event: null, filters: [], from: null, to: null, open: null };

export function parseEvents(search: string): EventsState {
  const parameters = new URLSearchParams(search);
  const from = date(parameters.get('from'));
  const to = date(parameters.get('to'));
  return {
    event: text(parameters.get('event')),
    filters: decodeFilters(parameters.getAll('f')),
    from,
    to: from !== null && to !== null && to < from ? null : to,
    open: text(parameters.get('open')),
  };
}

export function formatEvents(state: EventsState): string {
  const parameters = new URLSearchParams();
  if (state.event !== null) parameters.set('event', state.event);
  for (const filter of state.filters) parameters.append('f', JSON.stringify(encodeFilter(filter)));
  if (state.from !== null) parameters.set('from', state.from);
  if (state.to !== null) parameters.set('to', state.to);
  if (state.open !== null) parameters.set('open', state.open);
  return parameters.toString();
}

/** The days of a preset that ends today. */
export function lastDays(days: number, today: string): { from: string; to: string } {
  return { from: addDays(today, 1 - days), to: today };
}

function text(value: string | null): string | null {
  return value !== null && value !== '' && value.length <= maxText ? value : null;
}

function date(value: string | null): string | null {
  return value !== null && isDate(value) ? value : null;
}
