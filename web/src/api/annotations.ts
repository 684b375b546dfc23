// Annotations. Only views that are loaded later ask for them.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from './client';
import { projectPath } from './queries';
import type { Annotation, AnnotationChange } from './types';

const annotationsKey = (project: string) => ['project', project, 'annotations'];

export const annotationsQuery = (project: string) =>
  queryOptions({
    queryKey: annotationsKey(project),
    queryFn: ({ signal }) => call<Annotation[]>(projectPath(project, '/annotations'), { signal }),
    staleTime: 60_000,
  });

/** A new one, or what is given of one that is there. */
export function useSaveAnnotation(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: number | null; change: AnnotationChange }) =>
      call<Annotation>(projectPath(project, id === null ? '/annotations' : `/annotations/${String(id)}`), { method: id === null ? 'POST' : 'PATCH', body: change }),
    onSuccess: () => client.invalidateQueries({ queryKey: annotationsKey(project) }),
  });
}

export function useDeleteAnnotation(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => call<undefined>(projectPath(project, `/annotations/${String(id)}`), { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: annotationsKey(project) }),
  });
}
