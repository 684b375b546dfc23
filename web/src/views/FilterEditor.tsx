import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { cohortsQuery } from '../api/persons';
import { eventNamesQuery, propertyNamesQuery, propertyValuesQuery } from '../api/queries';
import type { FilterOperator, PropertyFilter, PropertyKind } from '../api/types';
import { eventLabel, formatCompact, propertyLabel } from '../lib/format';
import { cohortId, cohortOperators, cohortProperty, maxFilters, operatorInfo, operators, withOperator, withProperty } from '../state/filters';
import { Button, IconButton, Select } from '../ui/controls';
import { Picker, type PickerOption } from '../ui/picker';
import ui from '../ui/ui.module.css';
import styles from './FilterEditor.module.css';

const ownColumns: readonly PickerOption[] = [
  { value: 'event', label: propertyLabel('event'), meta: 'text' },
  { value: 'distinct_id', label: propertyLabel('distinct_id'), meta: 'text' },
  { value: 'session_id', label: propertyLabel('session_id'), meta: 'text' },
];

interface EventPickerProps {
  project: string;
  /** Null for any event; undefined while none is chosen. */
  value: string | null | undefined;
  onChange: (event: string | null) => void;
  label?: string;
  className?: string | undefined;
  testId?: string;
}

const anyEvent = '\u0000any';

export function EventPicker({ project, value, onChange, label = 'Event', className, testId = 'event-picker' }: EventPickerProps) {
  const [search, setSearch] = useState<string | null>(null);
  const { data, error } = useQuery({ ...eventNamesQuery(project, search ?? ''), enabled: search !== null });
  const options = data && [
    { value: anyEvent, label: eventLabel(null) },
    ...data.map((one) => ({ ...named(one.name, eventLabel), meta: formatCompact(one.count) })),
  ];
  return (
    <Picker label={label} text={value === undefined ? 'Choose an event' : eventLabel(value)} placeholder="Find an event"
      selected={value === undefined ? [] : [value ?? anyEvent]} options={options} error={error}
      onSearch={setSearch} custom emptyText="No event has such a name." className={className} testId={testId}
      onSelect={([chosen]) => onChange(chosen === undefined || chosen === anyEvent ? null : chosen)} />
  );
}

interface PropertyPickerProps {
  project: string;
  event: string | null;
  value: string | null;
  onChange: (property: string) => void;
  label: string;
  placeholder: string;
  kind?: PropertyKind;
  /** Only what persons have. */
  of?: 'person' | undefined;
  testId?: string;
}

const ofPersons = 'person.';

export function PropertyPicker({ project, event, value, onChange, label, placeholder, kind, of, testId = 'property-picker' }: PropertyPickerProps) {
  const [search, setSearch] = useState<string | null>(null);
  const own = of === undefined && kind === undefined;
  const { data, error } = useQuery({ ...propertyNamesQuery(project, event, of ? ofPersons + (search ?? '').replace(ofPersons, '') : (search ?? '')), enabled: search !== null });
  const chosen = value === null ? null : cohortId(value);
  const cohorts = useQuery({ ...cohortsQuery(project), enabled: own && (search !== null || chosen !== null) });
  const text = value === null ? placeholder : chosen === null ? propertyLabel(value) : `Cohort: ${cohorts.data?.find((one) => one.id === chosen)?.name ?? String(chosen)}`;
  const options = data && [
    ...data
      .filter((one) => (kind === undefined || one.kinds.includes(kind)) && (of === undefined || one.name.startsWith(ofPersons)))
      .map((one) => ({ ...named(one.name, propertyLabel), meta: one.kinds.join(', ') })),
    ...(own ? ownColumns : []),
    ...(own ? (cohorts.data ?? []).map((one) => ({ value: cohortProperty(one.id), label: one.name, meta: 'cohort' })) : []),
  ];
  return (
    <Picker label={label} text={text} placeholder="Find a property" selected={value === null ? [] : [value]}
      options={options} error={error} onSearch={setSearch} custom testId={testId}
      emptyText={kind === 'number' ? 'No property with numbers has such a name.' : 'No property has such a name.'}
      onSelect={([chosen]) => {
        if (chosen !== undefined) onChange(chosen);
      }} />
  );
}

interface FilterEditorProps {
  project: string;
  /** Only properties of persons. */
  of?: 'person';
  /** Whose properties and values are suggested; null for any event's. */
  event: string | null;
  filters: readonly PropertyFilter[];
  onChange: (filters: PropertyFilter[]) => void;
  addLabel: string;
}

export function FilterEditor({ project, of, event, filters, onChange, addLabel }: FilterEditorProps) {
  const [adding, setAdding] = useState(false);
  const replace = (index: number, filter: PropertyFilter) => onChange(filters.map((one, at) => (at === index ? filter : one)));
  return (
    <div className={styles['filters']} data-empty={filters.length === 0 && !adding}>
      {filters.map((filter, index) => (
        <FilterRow key={index} project={project} of={of} event={event} filter={filter} onChange={(changed) => replace(index, changed)}
          onRemove={() => onChange(filters.filter((_, at) => at !== index))} />
      ))}
      {adding ? (
        <div className={styles['row']}>
          <PropertyPicker project={project} of={of} event={event} value={null} label="Property to filter by" placeholder="Choose a property" testId="filter-property"
            onChange={(property) => {
              onChange([...filters, withProperty({ property, operator: 'is', values: [] }, property)]);
              setAdding(false);
            }} />
          <IconButton small icon="close" label="Do not add a filter" onClick={() => setAdding(false)} />
        </div>
      ) : (
        filters.length < maxFilters && (
          <Button small variant="ghost" icon="filter" className={styles['add']} onClick={() => setAdding(true)} data-testid="add-filter">{addLabel}</Button>
        )
      )}
    </div>
  );
}

function FilterRow({ project, of, event, filter, onChange, onRemove }: {
  project: string;
  of: 'person' | undefined;
  event: string | null;
  filter: PropertyFilter;
  onChange: (filter: PropertyFilter) => void;
  onRemove: () => void;
}) {
  const cohort = cohortId(filter.property) !== null;
  const values = cohort ? 'none' : operatorInfo(filter.operator).values;
  return (
    <div className={styles['row']} data-testid="filter-row">
      <PropertyPicker project={project} of={of} event={event} value={filter.property} label="Property" placeholder="Property"
        onChange={(property) => onChange(withProperty(filter, property))} />
      <Select label="How it is compared" className={styles['operator']} value={filter.operator}
        onChange={(change) => onChange(withOperator(filter, change.target.value as FilterOperator))}>
        {(cohort ? cohortOperators : operators).map((one) => <option key={one.operator} value={one.operator}>{one.label}</option>)}
      </Select>
      {values === 'many' && <ValuePicker project={project} event={event} filter={filter} onChange={onChange} />}
      {(values === 'one' || values === 'number') && (
        <ValueField key={`${filter.property} ${filter.operator} ${filter.values.join()}`} filter={filter} number={values === 'number'} onChange={onChange} />
      )}
      <IconButton small icon="close" label={`Remove the filter on ${propertyLabel(filter.property)}`} onClick={onRemove} />
    </div>
  );
}

function ValuePicker({ project, event, filter, onChange }: { project: string; event: string | null; filter: PropertyFilter; onChange: (filter: PropertyFilter) => void }) {
  const [search, setSearch] = useState<string | null>(null);
  const { data, error } = useQuery({ ...propertyValuesQuery(project, filter.property, event, search ?? ''), enabled: search !== null });
  const options = data
    ?.map((one) => ({ value: one.value, label: one.value, meta: formatCompact(one.count) }));
  const select = useCallback((values: string[]) => onChange({ ...filter, values }), [filter, onChange]);
  return (
    <Picker multiple custom label={`Values of ${propertyLabel(filter.property)}`} text={filter.values.length === 0 ? 'Choose values' : filter.values.map((one) => (one === '' ? '(empty)' : one)).join(', ')}
      placeholder="Find or type a value" selected={filter.values} options={options} error={error} onSearch={setSearch} onSelect={select}
      emptyText="No event has such a value yet." testId="value-picker" />
  );
}

// Taken over when the field is left or Enter pressed: a query for each letter would be a waste.
function ValueField({ filter, number, onChange }: { filter: PropertyFilter; number: boolean; onChange: (filter: PropertyFilter) => void }) {
  const [text, setText] = useState(filter.values[0] ?? '');
  const take = () => {
    const values = text.trim() === '' ? [] : [number ? text.trim() : text];
    if (values.join() !== filter.values.join()) onChange({ ...filter, values });
  };
  return (
    <input type={number ? 'number' : 'text'} step="any" className={`${ui['input'] ?? ''} ${styles['value'] ?? ''}`} aria-label={`Value of ${propertyLabel(filter.property)}`}
      placeholder={number ? '0' : 'Value'} value={text} maxLength={400} data-testid="filter-value"
      onChange={(change) => setText(change.target.value)} onBlur={take}
      onKeyDown={(press) => {
        if (press.key === 'Enter') take();
      }} />
  );
}

function named(name: string, label: (name: string) => string): PickerOption {
  const text = label(name);
  return text === name ? { value: name, label: name } : { value: name, label: text, detail: name };
}
