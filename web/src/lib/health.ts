import type { Health } from '../api/types';

/** What each part is for, in words for whoever reads the app. */
const names: Readonly<Record<string, { name: string; means: string }>> = {
  alerting: { name: 'Alerts', means: 'nobody is told when something goes wrong' },
  cache: { name: 'Shared cache', means: 'pages may take longer' },
  capture: { name: 'Capture', means: 'some new events are turned away, and senders try again' },
  control: { name: 'Projects and people', means: 'signing in, and changing settings, may fail' },
  event_log: { name: 'Event log', means: 'new events are turned away, and senders try again' },
  event_store: { name: 'Event store', means: 'results may be old or missing' },
  writer: { name: 'Writer', means: 'received events are safe and wait to be stored' },
};

export interface Part {
  id: string;
  name: string;
  ok: boolean;
  /** What somebody notices while the part is not well. */
  means: string;
  detail: string | null;
  since: string | null;
}

export function parts(health: Health): Part[] {
  return health.parts.map((part) => {
    const known = names[part.name];
    return {
      id: part.name,
      name: known?.name ?? part.name.replaceAll('_', ' '),
      ok: part.status === 'ok',
      means: known?.means ?? 'some of the server’s work stands still',
      detail: part.detail,
      since: part.since,
    };
  });
}
