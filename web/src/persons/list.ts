// A list of distinct ids, as somebody has it: pasted lines, a column of a spreadsheet, a CSV file. Pure.

/** The most of a cohort that is a list, as the server has it. */
export const mostMembers = 100_000;

/** What can hold a list of that size. */
export const mostListBytes = 8 * 1_024 * 1_024;

export interface ListTable {
  /** What each column is called, by its header or by what is in it first. */
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** The column that is most likely the one of distinct ids. */
  guess: number;
}

const headers = ['distinctid', 'userid', 'id', 'user', 'email', 'emailaddress', 'person', 'personid', 'username'];

/** Lines of cells. Ids on one line alone are apart by what stands between them. */
export function readList(text: string): ListTable {
  const clean = text.replace(/^\uFEFF/, '').trim();
  if (clean === '') return { columns: [], rows: [], guess: 0 };
  const first = clean.split(/\r?\n|\r/, 1)[0] ?? '';
  const separator = [',', ';', '\t'].map((one) => ({ one, count: first.split(one).length })).reduce((most, next) => (next.count > most.count ? next : most));
  const read = readCells(clean, separator.count > 1 ? separator.one : null).filter((row) => row.some((cell) => cell !== ''));
  const header = read.length > 1 ? (read[0] ?? []).map((cell) => headers.indexOf(cell.toLowerCase().replace(/[\s_.$-]/g, ''))) : [];
  const known = header.filter((at) => at >= 0);
  const hasHeader = known.length > 0;
  // One line of several is not a table but the list itself.
  const rows = hasHeader ? read.slice(1) : read.length === 1 ? (read[0] ?? []).map((cell) => [cell]) : read;
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const columns = Array.from({ length: width }, (_, at) => (hasHeader ? read[0]?.[at] : undefined) || `Column ${String(at + 1)} (${rows[0]?.[at] || 'empty'}, …)`);
  return { columns, rows, guess: hasHeader ? header.indexOf(Math.min(...known)) : 0 };
}

/** The ids of a column, each once, in their order. */
export function idsOf(table: ListTable, column: number): { ids: string[]; repeated: number } {
  const all = table.rows.map((row) => row[column] ?? '').filter((id) => id !== '');
  const ids = [...new Set(all)];
  return { ids, repeated: all.length - ids.length };
}

/** Cells may be quoted as in RFC 4180; without a separator each line is one. */
function readCells(text: string, separator: string | null): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    const blank = /[ ]*/y;
    blank.lastIndex = at;
    blank.exec(text);
    if (text[blank.lastIndex] === '"') {
      at = blank.lastIndex + 1;
      for (;;) {
        const quote = text.indexOf('"', at);
        const end = quote < 0 ? text.length : quote;
        cell += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at++;
      }
    }

    const rest = at;
    while (at < text.length && text[at] !== '\n' && text[at] !== '\r' && text[at] !== separator) at++;
    rows.at(-1)?.push((cell + text.slice(rest, at)).trim());
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    if (at < text.length && text[at] !== separator) rows.push([]);
    at++;
  }

  return rows;
}
