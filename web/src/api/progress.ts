// How far each question is while its answer is on the way. It is of the request and ends with it, so it is kept beside the
// answers and not among them.
import { hashKey, type QueryKey, type QueryState } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { call, type CallOptions } from './client';
import type { QueryProgress } from './stream';

export type Progress = (QueryProgress | { state: 'sent' }) & {
  /** When it was asked, in milliseconds since 1970. */
  since: number;
};

const known = new Map<string, Progress>();
const listeners = new Set<() => void>();

function tell(key: string, progress: Progress | null): void {
  if (progress === null) known.delete(key);
  else known.set(key, progress);
  for (const listener of listeners) listener();
}

/** A call whose progress `useProgress` tells under this key until it is answered, fails or is aborted. */
export async function callWithProgress<T>(key: QueryKey, path: string, options: CallOptions): Promise<T> {
  const hash = hashKey(key);
  const since = Date.now();
  let mine: Progress = { state: 'sent', since };
  tell(hash, mine);
  try {
    return await call<T>(path, {
      ...options,
      onProgress: (progress) => {
        if (known.get(hash) !== mine) return;
        mine = { ...progress, since };
        tell(hash, mine);
      },
    });
  } finally {
    // Where the same was asked again meanwhile, that is what is told.
    if (known.get(hash) === mine) tell(hash, null);
  }
}

/** Null where nothing is on the way. */
export function progressOf(key: QueryKey): Progress | null {
  return known.get(hashKey(key)) ?? null;
}

export function useProgress(key: QueryKey): Progress | null {
  const read = () => progressOf(key);
  return useSyncExternalStore(subscribe, read, read);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether a question was stopped before its first answer; it is not asked again by itself then. */
export function isStopped({ status, fetchStatus }: Pick<QueryState, 'status' | 'fetchStatus'>): boolean {
  return status === 'pending' && fetchStatus === 'idle';
}
