import { useQuery } from '@tanstack/react-query';
import { propertyNamesQuery } from '../../api/queries';
import { Select } from '../../ui/controls';
import styles from '../insight.module.css';
import type { Unit } from './unit';

/** What an event says of its groups is a property of this name each. */
const groups = '$groups.';

/** Persons, or groups of a type that the project has; nothing to choose where it has none. */
export function UnitSelect({ project, unit, onChange }: { project: string; unit: Unit; onChange: (unit: Unit) => void }) {
  const { data } = useQuery(propertyNamesQuery(project, null, groups));
  const found = (data ?? []).filter((one) => one.name.startsWith(groups)).map((one) => one.name.slice(groups.length));
  const types = [...new Set([...found, ...(unit === null ? [] : [unit])])];
  if (types.length === 0) return null;
  return (
    <Select label="Who is counted" className={styles['interval']} value={unit ?? ''} data-testid="unit" onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}>
      <option value="">persons</option>
      {types.map((one) => <option key={one} value={one}>groups: {one}</option>)}
    </Select>
  );
}
