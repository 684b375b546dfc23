import { describe, expect, it } from 'vitest';
import type { EventSummary } from '../api/types';
import { columnLabel, columnText, defaultColumns, isDefault, mostColumns, moveColumn, parseColumns } from './columns';

const event: EventSummary = {
  uuid: '0198a0a0-0000-7000-8000-000000000001', event: '$pageview', distinctId: '<i>u</i>', personKey: 1, sessionId: null,
  timestamp: '2026-11-25T12:00:00Z', receivedAt: '2026-11-25T12:00:01Z',
  properties: { $current_url: 'https://example.com/a', plan: 'pro', price: 3, tags: ['x'], none: null },
};

describe('columns of events', () => {
  it('are read as they were written, and fall back where that makes no sense', () => {
    expect(parseColumns(JSON.stringify(['@time', 'plan', 'a/b <i>']))).toEqual(['@time', 'plan', 'a/b <i>']);
    for (const text of [null, '', '{', '5', '[]', '[1,null,""]']) expect(parseColumns(text)).toEqual(defaultColumns);
    expect(parseColumns(JSON.stringify(['plan', 'plan', 7]))).toEqual(['plan']);
    expect(parseColumns(JSON.stringify(Array.from({ length: 50 }, (_, index) => `p${String(index)}`)))).toHaveLength(mostColumns);
  });

  it('show what an event has', () => {
    expect(columnText(event, '@event')).toBe('Page view');
    expect(columnText(event, '@person')).toBe('<i>u</i>');
    expect(columnText(event, '@session')).toBeNull();
    expect(columnText(event, '$current_url')).toBe('example.com/a');
    expect(columnText(event, 'price')).toBe('3');
    expect(columnText(event, 'tags')).toBe('["x"]');
    for (const absent of ['none', 'other', 'constructor']) expect(columnText(event, absent)).toBeNull();
  });

  it('are moved and named', () => {
    expect(moveColumn(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
    expect(moveColumn(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
    expect(isDefault(defaultColumns)).toBe(true);
    expect(isDefault(moveColumn(defaultColumns, 0, 1))).toBe(false);
    expect([columnLabel('@person'), columnLabel('$browser'), columnLabel('plan')]).toEqual(['Distinct ID', 'Browser', 'plan']);
  });
});
