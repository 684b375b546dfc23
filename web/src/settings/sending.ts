// The file that this page sends. It goes on while other views are looked at; only closing the page breaks it off.
import { useSyncExternalStore } from 'react';
import { ApiError } from '../api/client';
import { sendImport } from '../api/importing';
import { errorText } from '../ui/states';
import type { Reading } from './reading';

export interface Sending {
  project: string;
  name: string;
  /** Why it ended early; null while it is sent. */
  problem: string | null;
}

let current: Sending | null = null;
let abort: AbortController | null = null;
const listeners = new Set<() => void>();

function set(next: Sending | null): void {
  current = next;
  for (const listener of listeners) listener();
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Sends a file; `onEnd` is called when it ended in whatever way. */
export async function send(project: string, file: File, reading: Reading, onEnd: () => void): Promise<void> {
  abort = new AbortController();
  set({ project, name: file.name, problem: null });
  window.addEventListener('beforeunload', warn);
  try {
    await sendImport(project, file, reading, abort.signal);
    set(null);
  } catch (error) {
    if (abort.signal.aborted) set(null);
    else {
      set({
        project,
        name: file.name,
        problem: error instanceof ApiError && error.status === 0
          ? 'The connection broke off, or the file changed while it was sent. Send the same file again: it goes on without counting anything twice.'
          : errorText(error),
      });
    }
  } finally {
    window.removeEventListener('beforeunload', warn);
    abort = null;
    onEnd();
  }
}

/** Sends no more. */
export function stopSending(): void {
  abort?.abort();
}

export function forget(): void {
  if (abort === null) set(null);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What is sent to the project, or ended early and was not looked at. */
export function useSending(project: string): Sending | null {
  const sending = useSyncExternalStore(subscribe, () => current);
  return sending?.project === project ? sending : null;
}
