import type { JsonObject, JsonValue } from '../api/types';
import { formatJson, propertyLabel } from '../lib/format';
import { Button } from '../ui/controls';
import { EmptyState } from '../ui/states';
import styles from './Properties.module.css';

interface PropertiesProps {
  values: JsonObject;
  /** Part of a name or value; empty for all of them. */
  search?: string;
  /** Where a property can become a filter of what lies behind. */
  onFilter?: ((property: string, value: string) => void) | undefined;
}

/** Properties with their values, a team's own ones first. */
export function Properties({ values, search = '', onFilter }: PropertiesProps) {
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
