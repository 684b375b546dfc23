import { useEffect, useRef, useState } from 'react';
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

/**
 * The project's stream. Events come in handfuls, a few times a second however many arrive, newest first; of a very
 * fast stream only the newest of each handful are kept, for nobody can read more.
 */
export function useLive(project: string, onEvents: (events: LiveEvent[], arrived: number) => void): LiveState {
  const [state, setState] = useState<LiveState>({ status: 'connecting', online: null });
  const handler = useRef(onEvents);

  useEffect(() => {
    handler.current = onEvents;
  }, [onEvents]);

  useEffect(() => {
    let source: EventSource | null = null;
    let retry: number | undefined;
    let wait = firstWait;
    let batch: LiveEvent[] = [];
    let arrived = 0;

    const open = () => {
      source = new EventSource(liveAddress(project));
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
      source.addEventListener('event', (message: MessageEvent<string>) => {
        batch.unshift(JSON.parse(message.data) as LiveEvent);
        if (batch.length > mostAtOnce) batch.length = mostAtOnce;
        arrived++;
      });
      source.addEventListener('online', (message: MessageEvent<string>) => {
        const online = JSON.parse(message.data) as LiveOnline;
        setState({ status: 'live', online });
      });
    };

    open();
    const timer = window.setInterval(() => {
      if (arrived === 0) return;
      handler.current(batch, arrived);
      batch = [];
      arrived = 0;
    }, drawEvery);

    return () => {
      window.clearInterval(timer);
      window.clearTimeout(retry);
      source?.close();
    };
  }, [project]);

  return state;
}
