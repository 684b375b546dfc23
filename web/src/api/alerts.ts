// Alerts of the server, for its operators. Only what is loaded later uses it.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from './client';
import type { Alert, AlertsReport, AlertTest } from './types';

/** What fires now, and the last that are well again. */
export const alertsQuery = queryOptions({
  queryKey: ['alerts'],
  queryFn: ({ signal }) => call<AlertsReport>('/api/alerts', { signal, query: { resolved: 10 } }),
  refetchInterval: 5_000,
  retry: false,
});

export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<Alert>(`/api/alerts/${encodeURIComponent(id)}/acknowledge`, { method: 'POST', body: {} }),
    onSettled: () => client.invalidateQueries({ queryKey: alertsQuery.queryKey }),
  });
}

export function useTestAlerts() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<AlertTest>('/api/alerts/test', { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: alertsQuery.queryKey }),
  });
}
