// What may stand where the cursor is in a statement. Pure.
import type { SqlRelation } from '../api/types';
import { quoteName, shortType } from './sql';

export interface Completion {
  /** What is put into the statement. */
  text: string;
  label: string;
  kind: 'relation' | 'column' | 'function' | 'keyword';
  /** What else is known of it: its type, where it is a column. */
  detail: string;
}

export interface Completions {
  /** The piece of the statement that a choice takes the place of. */
  from: number;
  to: number;
  items: Completion[];
}

const most = 40;

const keywords = ('SELECT|FROM|WHERE|GROUP BY|ORDER BY|LIMIT|HAVING|JOIN|LEFT JOIN|ON|USING|AND|OR|NOT|IN|LIKE|ILIKE|BETWEEN|IS NULL|IS NOT NULL|CASE|WHEN|THEN|ELSE|END|AS|DISTINCT|' +
  'UNION ALL|WITH|QUALIFY|OVER|PARTITION BY|ASC|DESC|FILTER|INTERVAL|ALL').split('|');

const functions = ('count sum avg min max median quantile_cont approx_count_distinct any_value arg_max arg_min first last list string_agg date_trunc date_part date_diff now ' +
  'strftime time_bucket epoch extract coalesce nullif greatest least round floor ceil abs lower upper trim length substr replace split_part regexp_extract regexp_matches ' +
  'contains starts_with concat try_cast json_extract json_extract_string row_number rank lag lead unnest generate_series').split(' ');

/**
 * What begins with the word before the cursor: columns and relations of the project first, then functions and keywords.
 * Behind a dot only columns; nothing within a text or a comment, nor where no word has begun unless it is asked for.
 */
export function completionsAt(text: string, cursor: number, relations: readonly SqlRelation[], asked: boolean): Completions | null {
  const before = text.slice(0, cursor);
  const inside = within(before);
  if (inside === 'text' || inside === 'comment') return null;
  const word = inside === 'name' ? before.slice(before.lastIndexOf('"')) : (/[\w$]*$/.exec(before)?.[0] ?? '');
  const from = cursor - word.length;
  const behindDot = before[from - 1] === '.';
  if (word === '' && !asked && !behindDot) return null;
  const wanted = word.replace('"', '').toLowerCase();
  const columns = new Map<string, Completion>();
  for (const relation of relations) {
    for (const column of relation.columns) {
      if (!columns.has(column.name)) columns.set(column.name, { text: quoteName(column.name), label: column.name, kind: 'column', detail: shortType(column.type) });
    }
  }

  const all: Completion[] = [...columns.values()];
  if (!behindDot) {
    all.unshift(...relations.map((one): Completion => ({ text: quoteName(one.name), label: one.name, kind: 'relation', detail: 'relation' })));
    if (inside !== 'name') {
      all.push(...functions.map((name): Completion => ({ text: `${name}(`, label: name, kind: 'function', detail: 'function' })));
      all.push(...keywords.map((name): Completion => ({ text: name, label: name, kind: 'keyword', detail: '' })));
    }
  }

  const items = ranked(all, wanted).slice(0, most);
  // A word that is written out needs no help.
  if (items.length === 0 || (items.length === 1 && items[0]?.text === word && !asked)) return null;
  // A name in quotes that its end is already there for is replaced with it.
  const to = inside === 'name' && text[cursor] === '"' ? cursor + 1 : cursor;
  return { from, to, items };
}

/** Those that begin with what is wanted, then those that have it in them; names of properties begin behind their $ too. */
function ranked(all: readonly Completion[], wanted: string): Completion[] {
  const begins = (label: string) => label.startsWith(wanted) || label.startsWith(`$${wanted}`);
  const starting = all.filter((one) => begins(one.label.toLowerCase()));
  const having = wanted.length < 2 ? [] : all.filter((one) => one.kind === 'column' && !begins(one.label.toLowerCase()) && one.label.toLowerCase().includes(wanted));
  return [...starting, ...having];
}

/** What the end of a piece of SQL is within. */
function within(sql: string): 'nothing' | 'text' | 'name' | 'comment' {
  let state: ReturnType<typeof within> = 'nothing';
  let block = false;
  for (let i = 0; i < sql.length; i++) {
    const here = sql[i];
    if (state === 'text') state = here === "'" ? 'nothing' : 'text';
    else if (state === 'name') state = here === '"' ? 'nothing' : 'name';
    else if (state === 'comment') {
      if (block ? sql.startsWith('*/', i) : here === '\n') state = 'nothing';
    } else if (here === "'") state = 'text';
    else if (here === '"') state = 'name';
    else if (sql.startsWith('--', i) || sql.startsWith('/*', i)) [state, block] = ['comment', here === '/'];
  }

  return state;
}
