import { describe, expect, it } from 'vitest';
import { cell, firstStatement, insertAt, isNumeric, quoteName, readMemory, remember, searchSchema, shortType } from './sql';

describe('what is kept of earlier visits', () => {
  it('is the draft and the statements', () => {
    expect(readMemory('{"draft":"SELECT 1","past":[{"sql":"SELECT 2","at":5}]}')).toEqual({ draft: 'SELECT 1', past: [{ sql: 'SELECT 2', at: 5 }] });
  });

  it('is nothing where it cannot be read', () => {
    for (const text of [null, '', 'nonsense', 'null', '3', '{"past":3}', '{"past":[1,null,{"sql":2}]}']) {
      expect(readMemory(text)).toEqual({ draft: firstStatement, past: [] });
    }
  });
});

describe('the history', () => {
  it('has each statement once, the newest first', () => {
    const first = remember(remember([], 'SELECT 1', 1), 'SELECT 2', 2);
    expect(remember(first, '  SELECT 1\n', 3)).toEqual([{ sql: 'SELECT 1', at: 3 }, { sql: 'SELECT 2', at: 2 }]);
  });

  it('is bounded', () => {
    let past = remember([], 'SELECT 0', 0);
    for (let i = 1; i < 80; i++) past = remember(past, `SELECT ${i}`, i);
    expect(past).toHaveLength(50);
    expect(past[0]?.sql).toBe('SELECT 79');
    expect(remember(past, `SELECT '${'x'.repeat(20_000)}'`, 100)).toEqual(past);
    expect(remember(past, ' ', 100)).toEqual(past);
  });
});

describe('names', () => {
  it('are quoted where they must be', () => {
    expect(['event', '$browser', 'Plan', 'n:price', 'order', 'a"b', '1st', 'utm_source'].map(quoteName))
      .toEqual(['event', '"$browser"', '"Plan"', '"n:price"', '"order"', '"a""b"', '"1st"', 'utm_source']);
  });

  it('go where the cursor is', () => {
    expect(insertAt('SELECT  FROM events', 7, 7, 'event')).toEqual({ text: 'SELECT event FROM events', cursor: 12 });
    expect(insertAt('SELECT event', 12, 12, '"$os"')).toEqual({ text: 'SELECT event "$os"', cursor: 18 });
    expect(insertAt('SELECT x FROM events', 7, 8, 'event')).toEqual({ text: 'SELECT event FROM events', cursor: 12 });
    expect(insertAt('', 0, 0, 'events')).toEqual({ text: 'events', cursor: 6 });
  });
});

describe('the search in the schema', () => {
  const column = (name: string, property: string | null = null) => ({ name, type: 'VARCHAR', property, kinds: [], description: null });
  const relations = [
    { name: 'events', description: '', columns: [column('event'), column('$browser', '$browser'), column('t:^plan', 'Plan')] },
    { name: 'sessions', description: '', columns: [column('browser')] },
  ];

  it('finds columns and properties, in any case', () => {
    expect(searchSchema(relations, 'BROWSER').map((one) => one.columns.map((two) => two.name))).toEqual([['$browser'], ['browser']]);
    expect(searchSchema(relations, 'plan').map((one) => one.name)).toEqual(['events']);
    expect(searchSchema(relations, 'nothing')).toEqual([]);
  });

  it('shows a relation that is found itself whole', () => {
    expect(searchSchema(relations, 'sess')).toEqual([relations[1]]);
    expect(searchSchema(relations, ' ')).toEqual(relations);
  });
});

describe('the result', () => {
  it('puts numbers at the right', () => {
    const types = ['BIGINT', 'UINTEGER', 'DECIMAL(18,3)', 'DOUBLE', 'HUGEINT', 'VARCHAR', 'BIGINT[]', 'DATE', 'BOOLEAN'];
    expect(types.map((type) => isNumeric({ name: 'x', type }))).toEqual([true, true, true, true, true, false, false, false, false]);
  });

  it('says what a cell is', () => {
    expect([null, 0, '', false, [1, 'a'], { a: null }].map((value) => cell(value))).toEqual([
      { text: 'NULL', kind: 'null' }, { text: '0', kind: 'value' }, { text: '', kind: 'value' }, { text: 'false', kind: 'value' },
      { text: '[1,"a"]', kind: 'value' }, { text: '{"a":null}', kind: 'value' },
    ]);
  });

  it('shortens types', () => {
    expect(['VARCHAR', 'BIGINT', 'STRUCT(a VARCHAR, b VARCHAR[], c BIGINT)'].map(shortType)).toEqual(['text', 'bigint', 'struct(a varchar, b var…']);
  });
});
