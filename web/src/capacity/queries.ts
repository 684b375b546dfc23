// What the Capacity page asks for.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { call } from '../api/client';
import type { CapacityReport, HistoryRange, Plan, PlanRequest, ResourceHistory } from './types';

/** Parts are measured each 10 seconds. */
const measured = 10_000;

export const capacityQuery = queryOptions({
  queryKey: ['capacity'],
  queryFn: ({ signal }) => call<CapacityReport>('/api/capacity', { signal }),
  refetchInterval: measured,
});

/** Of a process, or of all that have the resource. */
export const historyQuery = (resource: string, range: HistoryRange, process: string | undefined) =>
  queryOptions({
    queryKey: ['capacity', 'history', resource, range, process],
    queryFn: ({ signal }) => call<ResourceHistory>('/api/capacity/history', { signal, query: { resource, range, ...(process === undefined ? {} : { process }) } }),
    placeholderData: keepPreviousData,
    refetchInterval: range === 'hour' ? measured : 60_000,
  });

/** The same plan has the same answer for as long as the page is open. */
export const planQuery = (request: PlanRequest) =>
  queryOptions({
    queryKey: ['capacity', 'plan', request],
    queryFn: ({ signal }) => call<Plan>('/api/capacity/plan', { method: 'POST', body: request, signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
