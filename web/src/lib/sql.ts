// What the SQL view computes. Pure.
import type { JsonValue, SqlRelation, SqlResultColumn } from '../api/types';

export interface PastStatement {
  sql: string;
  /** Milliseconds since 1970. */
  at: number;
}

export interface SqlMemory {
  draft: string;
  /** Newest first. */
  past: PastStatement[];
}

const mostPast = 50;
const longestPast = 10_000;

export const firstStatement = `SELECT date_trunc('day', timestamp) AS day, event, count(*) AS events, count(DISTINCT person_key) AS persons
FROM events
WHERE timestamp >= now()::TIMESTAMP - INTERVAL 7 DAYS
GROUP BY ALL
ORDER BY day DESC, events DESC`;

/** What was kept of earlier visits; anything unreadable is nothing. */
export function readMemory(text: string | null): SqlMemory {
  const none: SqlMemory = { draft: firstStatement, past: [] };
  if (text === null) return none;
  try {
    const kept = JSON.parse(text) as Partial<SqlMemory> | null;
    if (kept === null || typeof kept !== 'object') return none;
    const past = Array.isArray(kept.past) ? kept.past.filter(isPast).slice(0, mostPast) : [];
    return { draft: typeof kept.draft === 'string' ? kept.draft : firstStatement, past };
  } catch {
    return none;
  }
}

/** The statement becomes the newest; one that was there already moves up. */
export function remember(past: readonly PastStatement[], sql: string, at: number): PastStatement[] {
  const text = sql.trim();
  if (text === '' || text.length > longestPast) return [...past];
  return [{ sql: text, at }, ...past.filter((one) => one.sql !== text)].slice(0, mostPast);
}

/** A name as a statement has to write it: as it is where that works, else in quotes. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** What a column of a property's values is called: the property, without the sign of an SDK's own. */
export function valueColumn(property: string): string {
  return quoteName(property.replace(/^\$/, ''));
}

/** Puts a piece where the selection is, with a space where it would run into a word. */
export function insertAt(text: string, from: number, to: number, piece: string): { text: string; cursor: number } {
  const before = text.slice(0, from);
  const after = text.slice(to);
  const space = /[\w"$]$/.test(before) ? ' ' : '';
  const inserted = space + piece;
  return { text: before + inserted + after, cursor: from + inserted.length };
}

/** The relations with the columns whose name or property has the search in it; a relation that is found itself shows all. */
export function searchSchema(relations: readonly SqlRelation[], search: string): SqlRelation[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return [...relations];
  return relations.flatMap((relation) => {
    if (relation.name.toLowerCase().includes(wanted)) return [relation];
    const columns = relation.columns.filter((column) =>
      column.name.toLowerCase().includes(wanted) || (column.property?.toLowerCase().includes(wanted) ?? false));
    return columns.length > 0 ? [{ ...relation, columns }] : [];
  });
}

/** Numbers stand at the right, so that their digits are under each other. */
export function isNumeric(column: SqlResultColumn): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(\d+,\d+\)|FLOAT|DOUBLE)$/.test(column.type);
}

/** A cell as text, and what it is where that changes how it looks. */
export function cell(value: JsonValue): { text: string; kind: 'null' | 'value' } {
  if (value === null) return { text: 'NULL', kind: 'null' };
  return { text: typeof value === 'object' ? JSON.stringify(value) : String(value), kind: 'value' };
}

const types: Readonly<Record<string, string>> = {
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  VARCHAR: 'text',
  DOUBLE: 'number',
};

/** A type in the few letters that fit beside a name. */
export function shortType(type: string): string {
  const short = types[type] ?? type.toLowerCase();
  return short.length > 24 ? `${short.slice(0, 23)}…` : short;
}

function isPast(one: unknown): one is PastStatement {
  return typeof one === 'object' && one !== null
    && typeof (one as PastStatement).sql === 'string' && typeof (one as PastStatement).at === 'number';
}

const reserved = new Set(('all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default ' +
  'deferrable desc describe distinct do else end except false fetch for foreign from group having in initially intersect into lambda lateral ' +
  'leading limit not null offset on only or order pivot pivot_longer pivot_wider placing primary qualify references returning select show some ' +
  'summarize symmetric table then to trailing true union unique unpivot using variadic when where window with').split(' '));
