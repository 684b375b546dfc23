import { useQuery } from '@tanstack/react-query';
import { usageDays } from '../api/data';
import { propertyValuesQuery } from '../api/queries';
import type { Project, PropertyDefinition } from '../api/types';
import { formatNumber, plural, propertyLabel } from '../lib/format';
import { formatShare } from '../lib/rates';
import { projectAddress } from '../lib/routes';
import { Link } from '../lib/router';
import { defaultEvents, formatEvents } from '../state/events';
import { buttonClass } from '../ui/controls';
import { Dialog } from '../ui/dialog';
import { EmptyState, ErrorState } from '../ui/states';
import styles from './data.module.css';
import { Description } from './Description';
import { NamesSkeleton } from './NamesSkeleton';

const shown = 12;

/** One property's name: what it means and which values it has most often. */
export function PropertyNameDialog({ project, name, item, onClose }: { project: Project; name: string; item: PropertyDefinition | null; onClose: () => void }) {
  const values = useQuery(propertyValuesQuery(project.id, name, null, ''));
  const most = Math.max(...(values.data ?? []).map((one) => one.count), 1);
  return (
    <Dialog side onClose={onClose} title={propertyLabel(name)} testId="property-name-dialog"
      actions={<Link className={buttonClass('secondary', true)} href={projectAddress(project.id, 'events', formatEvents({ ...defaultEvents, filters: [{ property: name, operator: 'is_set', values: [] }] }))}>See events with it</Link>}>
      <dl className={styles['facts']}>
        <dt>Name</dt><dd><code>{name}</code></dd>
        <dt>Description</dt><dd><Description project={project} kind="property" name={name} description={item?.description ?? null} /></dd>
        {item && <><dt>Kinds</dt><dd>{item.kinds.join(', ')}</dd></>}
        {item?.events !== undefined && item.events !== null && <><dt>Volume</dt><dd>{plural(item.events, 'event')} in {usageDays} days, {formatShare(item.share)} of all</dd></>}
      </dl>
      <h3 className={styles['heading']}>Most frequent values</h3>
      {values.isPending ? <NamesSkeleton />
        : values.isError ? <ErrorState title="The values could not be read" error={values.error} retry={() => void values.refetch()} />
        : values.data.length === 0 ? <EmptyState icon="search" title="No values" />
        : (
          <ul className={styles['values']} data-testid="property-values">
            {values.data.slice(0, shown).map((one) => (
              <li key={one.value}>
                <i aria-hidden="true" style={{ width: `${String((100 * one.count) / most)}%` }} />
                <span title={one.value}>{one.value === '' ? '(empty)' : one.value}</span>
                <b>{formatNumber(one.count)}</b>
              </li>
            ))}
          </ul>
        )}
    </Dialog>
  );
}
