import { describe, expect, it } from 'vitest';
import { toCsvText } from '../lib/csv';
import { idsOf, readList } from './list';

function ids(text: string): string[] {
  const table = readList(text);
  return idsOf(table, table.guess).ids;
}

describe('a list of distinct ids', () => {
  it('is one on each line, each once, however lines end', () => {
    expect(ids('ada\n bob \r\n\r\ncy\rada\n')).toEqual(['ada', 'bob', 'cy']);
    expect(idsOf(readList('a\na\nb\na'), 0)).toEqual({ ids: ['a', 'b'], repeated: 2 });
    expect(ids('\uFEFFada')).toEqual(['ada']);
    expect(ids(' \n ')).toEqual([]);
  });

  it('may stand on one line', () => {
    expect(ids('ada, bob,cy')).toEqual(['ada', 'bob', 'cy']);
    expect(ids('ada;bob')).toEqual(['ada', 'bob']);
    expect(ids('ada\tbob\t')).toEqual(['ada', 'bob']);
    expect(ids('Ada Lovelace')).toEqual(['Ada Lovelace']);
  });

  it('is the column of a table that is called so', () => {
    const table = readList('Name,E-mail address,Distinct ID\nAda,ada@example.com,u1\n"Bob, the ""second""",bob@example.com,u2\n');
    expect(table.columns).toEqual(['Name', 'E-mail address', 'Distinct ID']);
    expect(table.guess).toBe(2);
    expect(idsOf(table, 2).ids).toEqual(['u1', 'u2']);
    expect(idsOf(table, 0).ids).toEqual(['Ada', 'Bob, the "second"']);
    expect(ids('user_id\nu1\nu2')).toEqual(['u1', 'u2']);
  });

  it('is the first column where none is called so, and others can be chosen by what is in them', () => {
    const table = readList('u1\tpro\nu2\tfree\nu3');
    expect(table.columns).toEqual(['Column 1 (u1, …)', 'Column 2 (pro, …)']);
    expect(idsOf(table, table.guess).ids).toEqual(['u1', 'u2', 'u3']);
    expect(idsOf(table, 1).ids).toEqual(['pro', 'free']);
  });

  it('keeps what a CSV file quotes, also over lines', () => {
    const odd = ['a,b', 'c"d', 'line\nbreak', ' kept inside', '"', 'ü;ß'];
    const table = readList(toCsvText(['distinct_id', 'n'], odd.map((one, at) => [one, at])));
    expect(table.rows.map((row) => row[1])).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(idsOf(table, table.guess).ids).toEqual(odd.map((one) => one.trim()));
  });

  it('is read to the end where a quote is never closed', () => {
    expect(ids('a\n"b\nc')).toEqual(['a', 'b\nc']);
  });

  it('of the most that there may be is read at once', () => {
    const many = Array.from({ length: 100_000 }, (_, at) => `person ${String(at)}`);
    expect(ids(many.join('\n'))).toEqual(many);
    expect(readList('x\n'.repeat(1_000_000)).rows).toHaveLength(1_000_000);
  });
});
