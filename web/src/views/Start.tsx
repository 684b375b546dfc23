import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useLive } from '../api/live';
import { latestEventsQuery } from '../api/queries';
import type { EventSummary, LiveEvent, Project } from '../api/types';
import { may } from '../lib/roles';
import { eventLabel, formatClock } from '../lib/format';
import { Link } from '../lib/router';
import { projectAddress, type ProjectView } from '../lib/routes';
import { buttonClass } from '../ui/controls';
import { Icon, type IconName } from '../ui/icons';
import { Note } from '../ui/states';
import { classes } from '../ui/classes';
import ui from '../ui/ui.module.css';
import { Install } from './Install';
import { Secret } from './Keys';
import { Page } from './Page';
import { keptReadKey } from './readKeys';
import styles from './Settings.module.css';

const next: readonly { view: ProjectView; icon: IconName; label: string; text: string }[] = [
  { view: 'home', icon: 'home', label: 'Home', text: 'Who comes, from where, and what they look at.' },
  { view: 'insights', icon: 'trends', label: 'Insights', text: 'Count anything; see how far people get and who comes back.' },
  { view: 'dashboards', icon: 'dashboards', label: 'Dashboards', text: 'Templates that fill themselves from your events.' },
  { view: 'persons', icon: 'persons', label: 'Persons', text: 'One person’s way, event by event.' },
];

/** A new project's first page: paste a snippet, and see the first event the moment it arrives; then what to look at. */
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
          {may(project, 'admin')
            ? <Install project={project} />
            : <Note>Keys are for admins of this project; yours is the role {project.role}. Ask one of them for the snippet.</Note>}
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
                <details className={styles['nothingYet']}>
                  <summary>Nothing comes?</summary>
                  <ul>
                    <li>The key and the address in your code have to be those of the snippet.</li>
                    <li>Ad blockers hold back what a page sends: try a window without them.</li>
                    <li>SDKs send in batches: wait ten seconds, or have yours flush.</li>
                    <li>What was refused is told, with examples, under <Link href={projectAddress(project.id, 'data', 'tab=problems')}>Ingestion problems</Link>.</li>
                    <li>One by hand tells whether the server can be reached: choose curl beside.</li>
                  </ul>
                </details>
              </>
            )}
          </section>
          {first && (
            <section className={classes(ui['card'], styles['section'])} aria-labelledby="next-title" data-testid="what-next">
              <h2 id="next-title">What to look at</h2>
              <ul className={styles['next']}>
                {next.map(({ view, icon, label, text }) => (
                  <li key={view}>
                    <Link href={projectAddress(project.id, view)}><Icon name={icon} /><span><strong>{label}</strong><small>{text}</small></span></Link>
                  </li>
                ))}
              </ul>
            </section>
          )}
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
