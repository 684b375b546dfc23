import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useLive } from '../api/live';
import { latestEventsQuery } from '../api/queries';
import type { EventSummary, LiveEvent, Project } from '../api/types';
import { eventLabel, formatClock } from '../lib/format';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { buttonClass } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Note } from '../ui/states';
import { classes } from '../ui/classes';
import ui from '../ui/ui.module.css';
import { Install } from './Install';
import { Secret } from './Keys';
import { Page } from './Page';
import { keptReadKey } from './readKeys';
import styles from './Settings.module.css';

/** A new project's first page: paste a snippet, and see the first event the moment it arrives. */
export default function StartView({ project }: { project: Project }) {
  const [arrived, setArrived] = useState<LiveEvent | null>(null);
  const latest = useQuery(latestEventsQuery(project.id, 1));
  useLive(project.id, null, useCallback((events: LiveEvent[]) => setArrived((now) => now ?? events.at(-1) ?? null), []));
  const first: LiveEvent | EventSummary | null = arrived ?? latest.data?.events[0] ?? null;
  const readKey = keptReadKey(project.id);

  return (
    <Page title={`Get ${project.name} going`} lead="Three minutes: choose an SDK, paste, send.">
      <div className={styles['startGrid']}>
        <section className={classes(ui['card'], styles['section'])} aria-labelledby="snippet-title">
          <header>
            <h2 id="snippet-title">Send your first event</h2>
            <p className={styles['hint']}>The key and this server’s address are filled in.</p>
          </header>
          <Install project={project} />
        </section>
        <div className={styles['startSide']}>
          <section className={classes(ui['card'], styles['waiting'])} data-arrived={first !== null} aria-live="polite" data-testid="first-event">
            <div className={styles['pulse']} aria-hidden="true"><Icon name={first ? 'check' : 'live'} size={20} /></div>
            {first ? (
              <>
                <h2>It works</h2>
                <p><strong>{eventLabel(first.event)}</strong> from <code>{first.distinctId}</code> at {formatClock(first.timestamp, undefined, project.timeZone)}.</p>
                <Link href={projectAddress(project.id, 'live')} className={buttonClass('primary')}>See it live</Link>
              </>
            ) : (
              <>
                <h2>Waiting for the first event</h2>
                <p>This page notices by itself; there is no need to reload.</p>
                <Link href={projectAddress(project.id, 'live')} className={buttonClass('ghost')}>Skip to Live</Link>
              </>
            )}
          </section>
          {readKey !== null && (
            <section className={classes(ui['card'], styles['section'])} aria-labelledby="read-key-title">
              <h2 id="read-key-title">Read key</h2>
              <Note>For scripts that read results. It is shown this once: copy it now, or make another later.</Note>
              <Secret text={readKey} />
            </section>
          )}
        </div>
      </div>
    </Page>
  );
}
