import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { latestQuery, propertiesQuery, usageDays } from '../api/data';
import type { Project, PropertyDefinition } from '../api/types';
import { formatCompact, formatDate, noValue, propertyLabel } from '../lib/format';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Button, buttonClass } from '../ui/controls';
import { SearchField } from '../ui/search';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import ui from '../ui/ui.module.css';
import styles from './data.module.css';
import { Examples } from './EventNameDialog';
import { examplesOf } from './examples';
import { NamesSkeleton } from './NamesSkeleton';
import { NamesTable, type NameColumn } from './NamesTable';
import { PropertyNameDialog } from './PropertyNameDialog';
import { Share } from './Share';
import type { DataState } from './state';

interface PropertyNamesProps {
  project: Project;
  state: DataState;
  update: (changed: Partial<DataState>) => void;
}

export function PropertyNames({ project, state, update }: PropertyNamesProps) {
  // How many events have each takes longer to be counted; the names are there before.
  const names = useQuery(propertiesQuery(project.id, null, state.search, null));
  const counted = useQuery(propertiesQuery(project.id, null, state.search, usageDays));
  const latest = useQuery(latestQuery(project.id, null));
  const examples = useMemo(() => examplesOf(latest.data?.events ?? []), [latest.data]);
  const close = useCallback(() => update({ open: null }), [update]);
  const rows = counted.data && !counted.isPlaceholderData ? counted.data : names.data;
  const day = (instant: string | null | undefined) => (instant ? <time dateTime={instant}>{formatDate(instant.slice(0, 10))}</time> : noValue);
  const columns: readonly NameColumn<PropertyDefinition>[] = [
    { label: 'Kinds', cell: (row) => <span className={styles['kinds']}>{row.kinds.join(', ')}</span> },
    {
      label: `Events in ${String(usageDays)} days`, sort: 'volume', by: (row) => row.events ?? null, className: styles['volume'],
      cell: (row) => (counted.isPending ? <Skeleton width={90} /> : <span className={styles['course']}><Share share={row.share ?? null} />{row.events !== undefined && row.events !== null && <small>{formatCompact(row.events)}</small>}</span>),
    },
    { label: 'First seen', sort: 'first', by: (row) => (row.firstSeen ? Date.parse(row.firstSeen) : null), cell: (row) => day(row.firstSeen), wide: true, rest: true },
    { label: 'Last seen', sort: 'last', by: (row) => (row.lastSeen ? Date.parse(row.lastSeen) : null), cell: (row) => day(row.lastSeen), wide: true },
    { label: 'Examples', cell: (row) => <Examples values={examples.get(row.name)} />, wide: true },
  ];

  return (
    <>
      <section className={ui['card']} aria-label="Names of properties">
        <div className={styles['tools']}>
          <SearchField label="Find a property" testId="search-names" search={state.search} onChange={(search) => update({ search })} />
          <p>Of events, of persons (person.) and of groups (group.). Days are of the files that hold them; of persons and groups none is known.</p>
        </div>
        {names.isPending ? <NamesSkeleton />
          : !rows ? <ErrorState title="The names of properties could not be read" error={names.error} retry={() => void names.refetch()} />
          : rows.length === 0 ? (
            state.search !== '' ? (
              <EmptyState icon="search" title="No property has such a name" actions={<Button onClick={() => update({ search: '' })}>Show all properties</Button>} />
            ) : (
              <EmptyState icon="events" title="No properties yet" actions={<Link href={projectAddress(project.id, 'start')} className={buttonClass('primary')}>Set up an SDK</Link>}>
                Everything that events carry is listed here.
              </EmptyState>
            )
          ) : (
            <div data-stale={names.isPlaceholderData} className={styles['list']}>
              <NamesTable project={project} kind="property" rows={rows} columns={columns} label={propertyLabel} state={state} update={update} testId="property-names" />
            </div>
          )}
      </section>
      {state.open !== null && <PropertyNameDialog key={state.open} project={project} name={state.open} item={rows?.find((one) => one.name === state.open) ?? null} onClose={close} />}
    </>
  );
}
