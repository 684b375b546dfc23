import { useCallback, useEffect, useRef, useState } from 'react';
import { liveAddress } from './queries';
import type { LiveEvent, LiveOnline } from './types';

export type LiveStatus = 'connecting' | 'live' | 'reconnecting';

export interface LiveState {
  status: LiveStatus;
  online: LiveOnline | null;
}

const firstWait = 1_000;
const longestWait = 30_000;
const drawEvery = 250;
const mostAtOnce = 200;

/** The address's stream, opened again as long as somebody looks; `listen` says what is done with its messages. */
function useStream(address: string, listen: (source: EventSource, online: (online: LiveOnline) => void) => void): LiveState {
  const [state, setState] = useState<LiveState>({ status: 'connecting', online: null });
  const listener = useRef(listen);

  useEffect(() => {
    let source: EventSource | null = null;
    let retry: number | undefined;
    let wait = firstWait;
    const open = () => {
      source = new EventSource(address);
      source.onopen = () => {
        wait = firstWait;
        setState((now) => ({ ...now, status: 'live' }));
      };
      source.onerror = () => {
        setState((now) => ({ ...now, status: 'reconnecting' }));
        // The browser tries again by itself, except after an answer that is not a stream.
        if (source?.readyState !== EventSource.CLOSED) return;
        retry = window.setTimeout(open, wait);
        wait = Math.min(wait * 2, longestWait);
      };
      listener.current(source, (online) => setState({ status: 'live', online }));
    };

    open();
    return () => {
      window.clearTimeout(retry);
      source?.close();
    };
  }, [address]);

  return state;
}

function listenForCounts(source: EventSource, take: (online: LiveOnline) => void): void {
  source.addEventListener('online', (message: MessageEvent<string>) => take(JSON.parse(message.data) as LiveOnline));
}

/** The project's live numbers alone. */
export function useOnline(project: string): LiveState {
  return useStream(liveAddress(project, false), listenForCounts);
}

/**
 * The project's stream, of one event where one is named. Events come in handfuls, a few times a second however many arrive, newest first; of a very
 * fast stream only the newest of each handful are kept, for nobody can read more.
 */
export function useLive(project: string, event: string | null, onEvents: (events: LiveEvent[], arrived: number) => void): LiveState {
  const handler = useRef(onEvents);
  const batch = useRef<{ events: LiveEvent[]; arrived: number }>({ events: [], arrived: 0 });

  useEffect(() => {
    handler.current = onEvents;
  }, [onEvents]);

  const listen = useCallback((source: EventSource, take: (online: LiveOnline) => void) => {
    listenForCounts(source, take);
    source.addEventListener('event', (message: MessageEvent<string>) => {
      const { events, arrived } = batch.current;
      batch.current = { events: [JSON.parse(message.data) as LiveEvent, ...events].slice(0, mostAtOnce), arrived: arrived + 1 };
    });
  }, []);

  useEffect(() => {
    const timer = window.setInterval(() => {
      const { events, arrived } = batch.current;
      if (arrived === 0) return;
      batch.current = { events: [], arrived: 0 };
      handler.current(events, arrived);
    }, drawEvery);
    return () => window.clearInterval(timer);
  }, []);

  return useStream(liveAddress(project, true, event), listen);
}
