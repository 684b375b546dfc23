// What tells one event from others of its name, on a line. Pure.
import type { EventSummary, JsonValue } from '../api/types';
import { formatJson } from './format';

/** The page, or the first few properties that the team itself sent. */
export function highlights(event: Pick<EventSummary, 'properties'>): string {
  const properties = event.properties;
  const url = properties['$current_url'];
  const own = Object.entries(properties)
    .filter((entry): entry is [string, Exclude<JsonValue, null>] => !entry[0].startsWith('$') && isShort(entry[1]))
    .slice(0, 3)
    .map(([name, value]) => `${name}: ${formatJson(value)}`);
  return [typeof url === 'string' ? url.replace(/^https?:\/\//, '') : '', ...own].filter((part) => part !== '').join('  ·  ');
}

function isShort(value: JsonValue): boolean {
  return (typeof value === 'string' && value.length <= 60) || typeof value === 'number' || typeof value === 'boolean';
}
