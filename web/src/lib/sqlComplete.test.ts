import { describe, expect, it } from 'vitest';
import type { SqlRelation } from '../api/types';
import { completionsAt } from './sqlComplete';

const column = (name: string, type = 'VARCHAR') => ({ name, type, property: null, kinds: [], description: null });
const relations: SqlRelation[] = [
  { name: 'events', description: '', columns: [column('event'), column('timestamp', 'TIMESTAMP'), column('$browser'), column('order total', 'DOUBLE')] },
  { name: 'persons', description: '', columns: [column('uuid', 'UUID'), column('email')] },
];
const at = (text: string, asked = false) => {
  const cursor = text.indexOf('|');
  const found = completionsAt(text.replace('|', ''), cursor, relations, asked);
  return found && { ...found, labels: found.items.map((one) => one.label) };
};

describe('completion', () => {
  it('offers relations and columns before functions and keywords', () => {
    expect(at('SELECT e|')?.labels).toEqual(['events', 'event', 'email', 'epoch', 'extract', 'ELSE', 'END']);
    expect(at('SELECT * fr|')?.labels).toContain('FROM');
  });

  it('finds properties behind their dollar, and writes names as they have to be', () => {
    expect(at('SELECT brow|')?.items[0]).toEqual({ text: '"$browser"', label: '$browser', kind: 'column', detail: 'text' });
    expect(at('SELECT ord|')?.items[0]?.text).toBe('"order total"');
  });

  it('replaces a name that has been begun in quotes, with the quote behind it', () => {
    expect(at('SELECT "$br|" FROM events')).toMatchObject({ from: 7, to: 12, labels: ['$browser'] });
    expect(at('SELECT "$br|')).toMatchObject({ from: 7, to: 11 });
  });

  it('offers columns alone behind a dot', () => {
    expect(at('SELECT p.|')?.items.every((one) => one.kind === 'column')).toBe(true);
    expect(at('SELECT p.e|')?.labels).toEqual(['event', 'email']);
  });

  it('keeps quiet in texts and comments, and where no word has begun', () => {
    expect(at("WHERE event = 'ev|'")).toBeNull();
    expect(at('-- ev|')).toBeNull();
    expect(at('/* it\'s ev|')).toBeNull();
    expect(at('SELECT |')).toBeNull();
    expect(at("WHERE event = 'it''s' AND ev|")?.labels).toEqual(['events', 'event']);
    expect(at('/* a */ ev|')?.labels).toEqual(['events', 'event']);
  });

  it('offers everything where it is asked for', () => {
    expect(at('SELECT |', true)?.labels.slice(0, 2)).toEqual(['events', 'persons']);
  });

  it('needs no help with a word that is written out', () => {
    expect(at('SELECT timestamp|')).toBeNull();
  });
});
