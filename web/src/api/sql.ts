// Statements. Only a view that is loaded later asks for them.
import { queryOptions } from '@tanstack/react-query';
import { call, callFile } from './client';
import { projectPath } from './queries';
import type { QueryProgress } from './stream';
import type { SqlFormat, SqlResult, SqlSchema } from './types';

export const sqlSchemaQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'sql-schema'],
    queryFn: ({ signal }) => call<SqlSchema>(projectPath(project, '/sql/schema'), { signal }),
    staleTime: 60_000,
  });

export function runSql(project: string, sql: string, limit: number, signal: AbortSignal, onProgress: (progress: QueryProgress) => void): Promise<SqlResult> {
  return call<SqlResult>(projectPath(project, '/sql'), { method: 'POST', body: { sql, limit }, signal, onProgress });
}

/** The whole answer as a file, which has no limit but the server's. */
export function downloadSql(project: string, sql: string, format: SqlFormat): Promise<Blob> {
  return callFile(projectPath(project, '/sql'), { method: 'POST', body: { sql, format } });
}
