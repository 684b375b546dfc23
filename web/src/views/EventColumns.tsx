import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { propertyNamesQuery } from '../api/queries';
import { propertyLabel } from '../lib/format';
import { columnLabel, defaultColumns, isDefault, mostColumns, moveColumn, special } from '../state/columns';
import { Button, IconButton } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { Icon } from '../ui/icons';
import { Picker } from '../ui/picker';
import { useSortable } from '../ui/sortable';
import styles from './Events.module.css';

interface EventColumnsProps {
  project: string;
  event: string | null;
  columns: readonly string[];
  onChange: (columns: readonly string[]) => void;
  onClose: () => void;
}

/** Which columns the list of events has, and in which order. */
export function EventColumns({ project, event, columns, onChange, onClose }: EventColumnsProps) {
  const [search, setSearch] = useState<string | null>(null);
  const [told, setTold] = useState('');
  const { data, error } = useQuery({ ...propertyNamesQuery(project, event, search ?? ''), enabled: search !== null });
  const list = useRef<HTMLOListElement>(null);
  const { grip, place, dragged } = useSortable<HTMLOListElement, HTMLButtonElement>(list, columns.length, (from, to) => {
    setTold(`${columnLabel(columns[from] ?? '')} is column ${String(to + 1)} of ${String(columns.length)}`);
    onChange(moveColumn(columns, from, to));
  });
  const options = data && [
    ...special.map((one) => ({ value: one, label: columnLabel(one), meta: 'event' })),
    // A page of events has what they carry, not what persons and groups were told.
    ...data.filter((one) => !/^(person|group)\./.test(one.name)).map((one) => ({
      value: one.name, label: propertyLabel(one.name), meta: one.kinds.join(', '), ...(propertyLabel(one.name) === one.name ? {} : { detail: one.name }),
    })),
  ].filter((one) => !columns.includes(one.value));
  return (
    <Dialog title="Columns" onClose={onClose} testId="columns">
      <ol ref={list} className={styles['columnList']}>
        {columns.map((column, index) => (
          <li key={column} style={place(index)} data-dragged={dragged === index}>
            <button type="button" className={styles['grip']} {...grip(index)} aria-label={`Move ${columnLabel(column)}: column ${String(index + 1)} of ${String(columns.length)}. Arrow keys move it.`}>
              <Icon name="grip" />
            </button>
            <span title={column}>{columnLabel(column)}</span>
            <IconButton small icon="close" label={`Remove ${columnLabel(column)}`} disabled={columns.length === 1} onClick={() => onChange(columns.filter((one) => one !== column))} />
          </li>
        ))}
      </ol>
      <p className={styles['told']} role="status">{told}</p>
      {columns.length < mostColumns ? (
        <Picker label="Add a column" text="Add a column" placeholder="Find a property" selected={[]} options={options} error={error} onSearch={setSearch} custom
          emptyText="No property has such a name." testId="add-column" onSelect={([chosen]) => {
            if (chosen !== undefined && !columns.includes(chosen)) onChange([...columns, chosen]);
          }} />
      ) : (
        <p className={styles['told']}>{mostColumns} columns are the most that a list can have.</p>
      )}
      <DialogFoot>
        <Button variant="ghost" disabled={isDefault(columns)} onClick={() => onChange(defaultColumns)} data-testid="reset-columns">Reset</Button>
        <Button variant="primary" onClick={onClose}>Done</Button>
      </DialogFoot>
    </Dialog>
  );
}
