// How a file is read: what the reader of a page chose, as the parameters of a request. Pure.
import type { ImportColumn, ImportPreview } from '../api/types';

export type Format = NonNullable<ImportPreview['format']>;
export type Field = NonNullable<ImportColumn['field']>;

export const formats: readonly { value: Format; label: string }[] = [
  { value: 'ndjson', label: 'Lines of JSON' },
  { value: 'csv', label: 'CSV' },
  { value: 'log', label: 'Access log (nginx, Apache)' },
];

export const fields: readonly { value: Field; label: string; needed: boolean }[] = [
  { value: 'event', label: 'Event name', needed: true },
  { value: 'distinct_id', label: 'Person ID', needed: true },
  { value: 'timestamp', label: 'Time', needed: true },
  { value: 'uuid', label: 'Event ID', needed: false },
];

export interface Reading {
  /** Null goes by the file. */
  format: Format | null;
  /** The columns of a CSV file by field; null has them guessed. */
  map: Readonly<Partial<Record<Field, string>>> | null;
  /** The name of all events where no column has it. */
  event: string;
  /** What comes before the paths of an access log. */
  site: string;
}

export const byTheFile: Reading = { format: null, map: null, event: '', site: '' };

/** The parameters of a request. Every field is named, so that no column becomes one by its name alone. */
export function importQuery(reading: Reading): string {
  const query = new URLSearchParams();
  if (reading.format !== null) query.set('format', reading.format);
  if (reading.map !== null) {
    for (const { value } of fields) query.append('map', `${value}=${reading.map[value] ?? ''}`);
  }

  if (reading.event.trim() !== '' && reading.map?.event === undefined) query.set('event', reading.event.trim());
  if (reading.site.trim() !== '') query.set('site', reading.site.trim());
  return query.toString();
}

/** The mapping that a preview was made with. */
export function mapOf(columns: readonly ImportColumn[]): NonNullable<Reading['map']> {
  return Object.fromEntries(columns.flatMap(({ name, field }) => (field === null ? [] : [[field, name]])));
}

/** A column becomes a field, or a property for null. What was the field before becomes a property. */
export function mapColumn(columns: readonly ImportColumn[], column: string, field: Field | null): NonNullable<Reading['map']> {
  const others = Object.entries(mapOf(columns)).filter(([, mapped]) => mapped !== column);
  return { ...Object.fromEntries(others), ...(field === null ? {} : { [field]: column }) };
}

/** The fields that an event needs and that nothing gives. */
export function missing(preview: ImportPreview, reading: Reading): readonly string[] {
  if (preview.format !== 'csv') return [];
  const map = mapOf(preview.columns);
  return fields
    .filter(({ value, needed }) => needed && map[value] === undefined && !(value === 'event' && reading.event.trim() !== ''))
    .map(({ label }) => label);
}

export interface PreviewedEvent {
  line: number;
  event: string;
  distinctId: string;
  timestamp: string;
  properties: readonly (readonly [string, string])[];
}

/** An event of a preview as it is shown. */
export function readEvent({ line, json }: ImportPreview['events'][number]): PreviewedEvent {
  const event = JSON.parse(json) as Record<string, unknown>;
  const inside = event['properties'];
  const properties = typeof inside === 'object' && inside !== null && !Array.isArray(inside) ? (inside as Record<string, unknown>) : {};
  return {
    line,
    event: text(event['event']),
    distinctId: text(event['distinct_id'] ?? event['$distinct_id'] ?? properties['distinct_id']),
    timestamp: text(event['timestamp']),
    properties: Object.entries(properties).map(([name, value]) => [name, text(value)]),
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');
