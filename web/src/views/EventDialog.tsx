import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { eventQuery } from '../api/queries';
import type { Project } from '../api/types';
import { eventLabel, formatAgo, formatFull } from '../lib/format';
import { Link } from '../lib/router';
import { useNow } from '../lib/now';
import { personAddress } from '../persons/state';
import { Button, TextField } from '../ui/controls';
import { Dialog } from '../ui/dialog';
import { ErrorState, Skeleton } from '../ui/states';
import { useCopy } from '../ui/toasts';
import styles from './EventDialog.module.css';
import { Properties } from './Properties';

interface EventDialogProps {
  project: Project;
  uuid: string;
  onClose: () => void;
  /** Where a property can become a filter of what lies behind. */
  onFilter?: (property: string, value: string) => void;
}

/** One event whole: what, when, who, and every property. */
export function EventDialog({ project, uuid, onClose, onFilter }: EventDialogProps) {
  const { data: event, isPending, isError, error, refetch } = useQuery(eventQuery(project.id, uuid));
  const [search, setSearch] = useState('');
  const copy = useCopy();
  const now = useNow(1_000);

  return (
    <Dialog side onClose={onClose} testId="event-dialog" title={event ? eventLabel(event.event) : 'Event'}
      actions={event && <Button small icon="copy" data-testid="copy-json" onClick={() => copy(JSON.stringify(event, null, 2), 'JSON')}>Copy JSON</Button>}>
      {isPending && (
        <div className={styles['loading']} aria-busy="true">
          {Array.from({ length: 10 }, (_, index) => <Skeleton key={index} height={18} width={index % 3 === 2 ? '60%' : '90%'} />)}
        </div>
      )}
      {isError && <ErrorState title="The event could not be read" error={error} retry={() => void refetch()} />}
      {event && (
        <>
          <dl className={styles['facts']}>
            <dt>Event</dt>
            <dd><code>{event.event}</code></dd>
            <dt>Time</dt>
            <dd>
              {formatFull(event.timestamp, undefined, project.timeZone)}
              <small>{formatAgo(event.timestamp, Math.max(now, Date.parse(event.timestamp)))}</small>
            </dd>
            <dt>Received</dt>
            <dd>{formatFull(event.receivedAt, undefined, project.timeZone)}</dd>
            <dt>Distinct ID</dt>
            <dd><code>{event.distinctId}</code></dd>
            {event.sessionId !== null && (
              <>
                <dt>Session</dt>
                <dd><code>{event.sessionId}</code></dd>
              </>
            )}
            <dt>UUID</dt>
            <dd><code>{event.uuid}</code></dd>
          </dl>
          <section className={styles['section']} aria-label="Properties">
            <div className={styles['sectionHead']}>
              <h3>Properties <span>{Object.keys(event.properties).length}</span></h3>
            </div>
            {Object.keys(event.properties).length > 8 && (
              <TextField label="Find a property" type="search" value={search} onChange={(change) => setSearch(change.target.value)} />
            )}
            <Properties values={event.properties} search={search} onFilter={onFilter} />
          </section>
          <section className={styles['section']} aria-label="Person">
            <div className={styles['sectionHead']}><h3>Person</h3></div>
            {event.person === null ? (
              <p className={styles['none']}>No profile: the event was sent without a person, or nobody has been identified yet.</p>
            ) : (
              <>
                <dl className={styles['facts']}>
                  <dt>Person</dt>
                  <dd><Link href={personAddress(project.id, event.person.uuid)} onClick={onClose}><code>{event.person.uuid}</code></Link></dd>
                  <dt>First seen</dt>
                  <dd>{formatFull(event.person.createdAt, undefined, project.timeZone)}</dd>
                  <dt>Identified</dt>
                  <dd>{event.person.isIdentified ? 'Yes' : 'No'}</dd>
                </dl>
                {Object.keys(event.person.properties).length > 0 && <Properties values={event.person.properties} />}
              </>
            )}
          </section>
        </>
      )}
    </Dialog>
  );
}
