// Retention, privacy and the removal of persons. Only views that are loaded later ask for them.
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from './client';
import { projectPath } from './queries';
import type { DeletionReceipt, RetentionPreview } from './types';

/** What a retention of so many days would free now, and what there is. */
export const retentionQuery = (project: string, days: number) =>
  queryOptions({
    queryKey: ['project', project, 'retention', days],
    queryFn: ({ signal }) => call<RetentionPreview>(projectPath(project, '/retention'), { signal, query: { days } }),
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });

export const deletionsQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'deletions'],
    queryFn: ({ signal }) => call<DeletionReceipt[]>(projectPath(project, '/deletions'), { signal }),
    refetchInterval: ({ state }) => (state.data?.some((one) => one.state !== 'done') ? 1_500 : false),
  });

export function useDeletePerson(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (uuid: string) => call<DeletionReceipt>(projectPath(project, `/persons/${encodeURIComponent(uuid)}`), { method: 'DELETE' }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: deletionsQuery(project).queryKey });
      void client.invalidateQueries({ queryKey: ['project', project, 'persons'] });
    },
  });
}
