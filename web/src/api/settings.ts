// What the settings ask for and change. Only views that are loaded later use it.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from './client';
import { projectPath, projectsQuery } from './queries';
import type { ApiKey, CreatedKey, CreateKeyRequest, Ledger, Project, ProjectChanges } from './types';

export const keysQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'keys'],
    queryFn: ({ signal }) => call<ApiKey[]>(projectPath(project, '/keys'), { signal }),
  });

export const ledgerQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'ledger'],
    queryFn: ({ signal }) => call<Ledger>(projectPath(project, '/ledger'), { signal }),
    refetchInterval: 5_000,
  });

export function useChangeProject(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (changes: ProjectChanges) =>
      call<Project>(projectPath(project), { method: 'PATCH', body: changes }),
    onSuccess: (changed) => {
      client.setQueryData(projectsQuery.queryKey, (projects) =>
        projects?.map((one) => (one.id === changed.id ? changed : one)),
      );
      // Buckets follow the project's time zone and week.
      void client.invalidateQueries({ queryKey: ['project', project, 'query'] });
    },
  });
}

export function useCreateKey(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: CreateKeyRequest) =>
      call<CreatedKey>(projectPath(project, '/keys'), { method: 'POST', body: request }),
    onSuccess: () => client.invalidateQueries({ queryKey: keysQuery(project).queryKey }),
  });
}

export function useDeleteKey(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      call<undefined>(projectPath(project, `/keys/${encodeURIComponent(id)}`), { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: keysQuery(project).queryKey }),
  });
}
