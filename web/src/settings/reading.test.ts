import { expect, it } from 'vitest';
import type { ImportColumn, ImportPreview } from '../api/types';
import { byTheFile, importQuery, mapColumn, mapOf, missing, readEvent } from './reading';

const columns: ImportColumn[] = [
  { name: 'sold, at', example: '2026-11-20', field: 'timestamp' },
  { name: 'who', example: 'ada', field: 'distinct_id' },
  { name: 'what=', example: 'buy', field: null },
];
const preview = (changes: Partial<ImportPreview>): ImportPreview => ({ format: 'csv', delimiter: ',', columns, problem: null, events: [], refusals: [], ...changes });

it('a file is read by itself until something is chosen, and then every field is said', () => {
  expect(importQuery(byTheFile)).toBe('');
  expect(importQuery({ ...byTheFile, format: 'log', site: ' https://a.b ' })).toBe('format=log&site=https%3A%2F%2Fa.b');
  expect(new URLSearchParams(importQuery({ ...byTheFile, map: mapOf(columns) })).getAll('map')).toEqual(['event=', 'distinct_id=who', 'timestamp=sold, at', 'uuid=']);
});

it('a name for all events counts only while no column has it', () => {
  expect(new URLSearchParams(importQuery({ ...byTheFile, map: { event: 'what=' }, event: 'buy' })).get('event')).toBeNull();
  expect(new URLSearchParams(importQuery({ ...byTheFile, map: {}, event: 'buy' })).get('event')).toBe('buy');
});

it('a column is one thing, and a field has one column', () => {
  expect(mapColumn(columns, 'what=', 'event')).toEqual({ event: 'what=', distinct_id: 'who', timestamp: 'sold, at' });
  expect(mapColumn(columns, 'what=', 'distinct_id')).toEqual({ distinct_id: 'what=', timestamp: 'sold, at' });
  expect(mapColumn(columns, 'who', 'event')).toEqual({ event: 'who', timestamp: 'sold, at' });
  expect(mapColumn(columns, 'who', null)).toEqual({ timestamp: 'sold, at' });
});

it('what an event needs is asked for', () => {
  expect(missing(preview({}), byTheFile)).toEqual(['Event name']);
  expect(missing(preview({}), { ...byTheFile, event: 'buy' })).toEqual([]);
  expect(missing(preview({ columns: [] }), byTheFile)).toEqual(['Event name', 'Person ID', 'Time']);
  expect(missing(preview({ format: 'ndjson', columns: [] }), byTheFile)).toEqual([]);
});

it('events are shown whatever is in them', () => {
  expect(readEvent({ line: 3, json: '{"event":"buy","timestamp":17,"properties":{"distinct_id":4,"tags":[1],"none":null,"text":"<b>"}}' })).toEqual({
    line: 3, event: 'buy', distinctId: '4', timestamp: '17', properties: [['distinct_id', '4'], ['tags', '[1]'], ['none', 'null'], ['text', '<b>']],
  });
  expect(readEvent({ line: 1, json: '{"properties":[1]}' })).toEqual({ line: 1, event: '', distinctId: '', timestamp: '', properties: [] });
});
