import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { eventQuery } from '../api/queries';
import type { JsonObject, JsonValue, Project } from '../api/types';
import { eventLabel, formatAgo, formatFull, formatJson, propertyLabel } from '../lib/format';
import { useNow } from '../lib/now';
import { Button, TextField } from '../ui/controls';
import { Dialog } from '../ui/dialog';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import { useCopy } from '../ui/toasts';
import styles from './EventDialog.module.css';

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
              <Properties values={event.person} search="" />
            )}
          </section>
        </>
      )}
    </Dialog>
  );
}

function Properties({ values, search, onFilter }: { values: JsonObject; search: string; onFilter?: EventDialogProps['onFilter'] }) {
  const wanted = search.trim().toLowerCase();
  const entries = Object.entries(values)
    .filter(([name, value]) => wanted === '' || name.toLowerCase().includes(wanted) || propertyLabel(name).toLowerCase().includes(wanted) || formatJson(value).toLowerCase().includes(wanted))
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
  if (entries.length === 0) return <EmptyState icon="search" title={wanted === '' ? 'No properties' : 'Nothing found'} />;
  return (
    <dl className={styles['properties']}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt title={name}>{propertyLabel(name)}</dt>
          <dd>
            <Value value={value} />
            {onFilter && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') && (
              <Button small variant="ghost" icon="filter" aria-label={`Only events with this ${propertyLabel(name)}`}
                title="Only events with this value" onClick={() => onFilter(name, String(value))} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

// A team's own properties say more than those that the SDK adds.
function rank(name: string): number {
  return name.startsWith('$') ? 1 : 0;
}

function Value({ value }: { value: JsonValue }) {
  if (typeof value === 'object' && value !== null) return <pre>{JSON.stringify(value, null, 2)}</pre>;
  return <span data-kind={value === null ? 'null' : typeof value}>{value === '' ? '(empty)' : String(value)}</span>;
}
