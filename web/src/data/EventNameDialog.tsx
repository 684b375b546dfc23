import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { activityDays, latestQuery, propertiesQuery } from '../api/data';
import type { EventActivityItem, Project } from '../api/types';
import { Sparkline } from '../charts/Sparkline';
import { eventLabel, formatBucketLong, formatNumber, propertyLabel } from '../lib/format';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { defaultEvents, formatEvents } from '../state/events';
import { buttonClass } from '../ui/controls';
import { Dialog } from '../ui/dialog';
import { EmptyState, ErrorState } from '../ui/states';
import styles from './data.module.css';
import { Description } from './Description';
import { examplesOf } from './examples';
import { builtIn } from './known';
import { NamesSkeleton } from './NamesSkeleton';
import { Share } from './Share';

/** One event's name: what it means, how often it comes, and what it carries. */
export function EventNameDialog({ project, name, item, onClose }: { project: Project; name: string; item: EventActivityItem | null; onClose: () => void }) {
  const properties = useQuery(propertiesQuery(project.id, name, '', activityDays));
  const latest = useQuery(latestQuery(project.id, name));
  const examples = useMemo(() => examplesOf(latest.data?.events ?? []), [latest.data]);
  const carried = (properties.data ?? []).filter((one) => one.events !== undefined && one.events !== null && one.events > 0)
    .sort((a, b) => (b.events ?? 0) - (a.events ?? 0));
  return (
    <Dialog side onClose={onClose} title={eventLabel(name)} testId="event-name-dialog"
      actions={<Link className={buttonClass('secondary', true)} href={projectAddress(project.id, 'events', formatEvents({ ...defaultEvents, event: name }))}>See its events</Link>}>
      <dl className={styles['facts']}>
        <dt>Name</dt><dd><code>{name}</code></dd>
        <dt>Description</dt><dd><Description project={project} kind="event" name={name} description={item?.description ?? null} /></dd>
        {item && (
          <>
            <dt>Volume</dt><dd>{formatNumber(item.recent)} in {activityDays} days, {formatNumber(item.count)} in all</dd>
            <dt>First seen</dt><dd>{formatBucketLong(item.firstSeen, 'minute', project.timeZone)}, to a quarter of an hour</dd>
            <dt>Last seen</dt><dd>{formatBucketLong(item.lastSeen, 'minute', project.timeZone)}</dd>
          </>
        )}
      </dl>
      {item && <div className={styles['bigSpark']} role="img" aria-label={`Events on each of the last ${String(activityDays)} days, at most ${formatNumber(Math.max(...item.days))} a day`}><Sparkline values={item.days} color="var(--series-0)" /></div>}
      <h3 className={styles['heading']}>Properties of its events in {activityDays} days</h3>
      {properties.isPending ? <NamesSkeleton />
        : properties.isError ? <ErrorState title="The properties could not be read" error={properties.error} retry={() => void properties.refetch()} />
        : carried.length === 0 ? <EmptyState icon="search" title="No properties" />
        : (
          <ul className={styles['carried']} data-testid="event-properties">
            {carried.map((one) => (
              <li key={one.name}>
                <span className={styles['carriedName']} title={one.name}>{propertyLabel(one.name)}<small>{one.kinds.join(', ')}</small></span>
                <Share share={one.share ?? null} />
                <span className={styles['carriedText']}>{one.description ?? builtIn('property', one.name) ?? ''}</span>
                <Examples values={examples.get(one.name)} />
              </li>
            ))}
          </ul>
        )}
    </Dialog>
  );
}

export function Examples({ values }: { values: readonly string[] | undefined }) {
  if (!values) return null;
  return <span className={styles['examples']}>{values.map((value) => <code key={value}>{value}</code>)}</span>;
}
