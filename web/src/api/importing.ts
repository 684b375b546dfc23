// Imports. Only the settings, which are loaded later, ask for them.
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { importQuery, type Reading } from '../settings/reading';
import { call } from './client';
import { projectPath } from './queries';
import type { ImportDetails, ImportList, ImportPreview } from './types';

/** So much of a file's beginning is looked at. */
export const previewBytes = 256 * 1024;

export const importsQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'imports'],
    queryFn: ({ signal }) => call<ImportList>(projectPath(project, '/imports'), { signal }),
    refetchInterval: ({ state }) => (state.data?.imports.some((one) => one.endedAt === null) ? 500 : false),
  });

/** What the beginning of a file would become. */
export const importPreviewQuery = (project: string, file: File, reading: Reading) =>
  queryOptions({
    queryKey: ['project', project, 'import-preview', file.name, file.size, file.lastModified, importQuery(reading)],
    queryFn: ({ signal }) =>
      call<ImportPreview>(`${projectPath(project, '/imports/preview')}?${importQuery(reading)}&cut=${String(file.size > previewBytes)}`, {
        method: 'POST', file: file.slice(0, previewBytes), signal,
      }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });

/** Resolves when the file is taken in. */
export function sendImport(project: string, file: File, reading: Reading, signal: AbortSignal): Promise<ImportDetails> {
  const query = importQuery(reading);
  return call<ImportDetails>(`${projectPath(project, '/imports')}?name=${encodeURIComponent(file.name.slice(0, 200))}${query === '' ? '' : `&${query}`}`, {
    method: 'POST', file, signal,
  });
}

export function useCancelImport(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<undefined>(projectPath(project, `/imports/${id}`), { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: importsQuery(project).queryKey }),
  });
}
