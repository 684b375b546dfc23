// Which columns the explorer shows of events, kept in this browser for each project. Pure but for the storage.
import type { EventSummary, JsonValue } from '../api/types';
import { eventLabel, formatJson, propertyLabel } from '../lib/format';
import { highlights } from '../lib/highlights';
import { isText } from './texts';

/** Not properties; those stand under their own names. */
export const special = ['@event', '@summary', '@person', '@session', '@received', '@uuid', '@time'] as const;

const labels: Readonly<Record<(typeof special)[number], string>> = {
  '@event': 'Event', '@summary': 'What', '@person': 'Distinct ID', '@session': 'Session ID', '@received': 'Received', '@uuid': 'UUID', '@time': 'Time',
};

export const defaultColumns: readonly string[] = ['@event', '@summary', '@person', '@time'];
export const mostColumns = 12;
const maxRemembered = 20_000;

export function isSpecial(column: string): column is (typeof special)[number] {
  return special.some((one) => one === column);
}

export function columnLabel(column: string): string {
  return isSpecial(column) ? labels[column] : propertyLabel(column);
}

/** A time is drawn by who knows the zone; everything else is text. Null where the event has no such thing. */
export function columnText(event: EventSummary, column: string): string | null {
  switch (column) {
    case '@event': return eventLabel(event.event);
    case '@summary': return highlights(event);
    case '@person': return event.distinctId;
    case '@session': return event.sessionId;
    case '@received': return event.receivedAt;
    case '@uuid': return event.uuid;
    case '@time': return event.timestamp;
    default: {
      const value: JsonValue | undefined = Object.hasOwn(event.properties, column) ? event.properties[column] : undefined;
      if (value === undefined || value === null) return null;
      // A page's address says nothing by how it is spoken to.
      return column === '$current_url' || column === '$referrer' ? formatJson(value).replace(/^https?:\/\//, '') : formatJson(value);
    }
  }
}

/** What is written somewhere, as columns; the default where that makes no sense. */
export function parseColumns(text: string | null): readonly string[] {
  let value: unknown;
  try {
    value = text === null || text.length > maxRemembered ? null : JSON.parse(text);
  } catch {
    return defaultColumns;
  }

  if (!Array.isArray(value)) return defaultColumns;
  const columns = [...new Set(value.filter(isText))].slice(0, mostColumns);
  return columns.length > 0 ? columns : defaultColumns;
}

export function isDefault(columns: readonly string[]): boolean {
  return columns.join('\n') === defaultColumns.join('\n');
}

export function moveColumn(columns: readonly string[], from: number, to: number): string[] {
  const moved = [...columns];
  moved.splice(to, 0, ...moved.splice(from, 1));
  return moved;
}

const key = (project: string) => `headroom.columns.${project}`;

export function rememberedColumns(project: string): readonly string[] {
  try {
    return parseColumns(localStorage.getItem(key(project)));
  } catch {
    return defaultColumns;
  }
}

export function rememberColumns(project: string, columns: readonly string[]): void {
  try {
    if (isDefault(columns)) localStorage.removeItem(key(project));
    else localStorage.setItem(key(project), JSON.stringify(columns));
  } catch {
    // Storage is shut off; the columns last as long as the page.
  }
}
