import { lazy, Suspense } from 'react';
import type { Project, PropertyFilter } from '../api/types';
import { describeFilter, isComplete } from '../state/filters';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Popover } from '../ui/popover';
import { Skeleton } from '../ui/states';
import styles from './FilterBar.module.css';
import { homeProperty, valueLabel } from './lists';

const FilterEditor = lazy(() => import('../views/FilterEditor').then((views) => ({ default: views.FilterEditor })));

interface FilterBarProps {
  project: Project;
  filters: readonly PropertyFilter[];
  onChange: (filters: PropertyFilter[]) => void;
}

/** The filters of the whole page, each of which a press takes away, and the way to others than the rows stand for. */
export function FilterBar({ project, filters, onChange }: FilterBarProps) {
  return (
    <div className={styles['filters']} data-testid="filters">
      <Popover label="Filters" width={640} height={480}
        trigger={(trigger) => (
          <Button {...trigger} icon="filter" data-testid="edit-filters">Filter</Button>
        )}>
        {() => (
          <div className={styles['filterPanel']}>
            <Suspense fallback={<Skeleton height={34} />}>
              <FilterEditor project={project.id} event={null} filters={filters} addLabel="Add a filter" onChange={onChange} />
            </Suspense>
          </div>
        )}
      </Popover>
      {filters.length > 0 && (
        <ul className={styles['chips']} aria-label="Filters">
          {filters.map((one, index) => {
            const text = filterText(one);
            return (
              <li key={JSON.stringify(one)}>
                <button type="button" data-incomplete={!isComplete(one)} title={`Remove the filter: ${text}`} onClick={() => onChange(filters.filter((_, at) => at !== index))}>
                  <span>{text}</span>
                  <Icon name="close" size={12} />
                </button>
              </li>
            );
          })}
          {filters.length > 1 && <li><Button small variant="ghost" onClick={() => onChange([])}>Clear all</Button></li>}
        </ul>
      )}
    </div>
  );
}

/** "Country is Germany". */
export function filterText(filter: PropertyFilter): string {
  return describeFilter({ ...filter, values: filter.values.map((one) => valueLabel(filter.property, one, '')) }, homeProperty);
}
