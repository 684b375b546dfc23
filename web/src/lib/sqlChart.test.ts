import { describe, expect, it } from 'vitest';
import type { SqlResult } from '../api/types';
import { pictureOf } from './sqlChart';

const result = (columns: [string, string][], rows: SqlResult['rows']): SqlResult => ({
  columns: columns.map(([name, type]) => ({ name, type })), rows, rowCount: rows.length, more: false, dataVersion: 1, estimatedRows: 1, estimatedColumns: 1, estimatedBytes: 1, queuedMs: 0, elapsedMs: 1,
});

describe('rows with times', () => {
  it('are a line for each column of numbers', () => {
    const picture = pictureOf(result([['day', 'DATE'], ['n', 'BIGINT'], ['persons', 'BIGINT']], [['2026-11-02', 5, 2], ['2026-11-01', 3, '1']]));
    expect(picture).toMatchObject({ kind: 'time', data: { interval: 'day', buckets: ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'] } });
    expect(picture?.kind === 'time' && picture.data.series.map((one) => [one.label, one.values, one.total])).toEqual([['n', [3, 5], 8], ['persons', [1, 2], 3]]);
  });

  it('are a line for each text beside them, the greatest first, with gaps where there is nothing', () => {
    const picture = pictureOf(result([['hour', 'TIMESTAMP'], ['event', 'VARCHAR'], ['n', 'BIGINT']], [
      ['2026-11-01T10:00:00', 'a', 1], ['2026-11-01T11:00:00', 'b', 9], ['2026-11-01T11:00:00', 'a', 2], ['2026-11-01T11:00:00', null, 1],
    ]));
    expect(picture?.kind === 'time' && [picture.data.interval, picture.data.series.map((one) => [one.label, one.values])]).toEqual(['hour', [['b', [null, 9]], ['a', [1, 2]], ['NULL', [null, 1]]]]);
  });

  it('are of the zone that they name', () => {
    const picture = pictureOf(result([['t', 'TIMESTAMP WITH TIME ZONE'], ['n', 'DOUBLE']], [['2026-10-01T00:00:00+00:00', 1], ['2026-11-01T00:00:00+00:00', 2]]));
    expect(picture?.kind === 'time' && [picture.data.interval, picture.data.buckets[0]]).toEqual(['month', '2026-10-01T00:00:00.000Z']);
  });

  it('are nothing to draw where there is one time only', () => {
    expect(pictureOf(result([['day', 'DATE'], ['n', 'BIGINT']], [['2026-11-01', 1]]))).toBeNull();
  });
});

describe('rows without times', () => {
  it('are ranked by their first number', () => {
    expect(pictureOf(result([['event', 'VARCHAR'], ['n', 'BIGINT']], [['a', 1], ['b', '12345678901234567890'], [null, 2]]))).toEqual({
      kind: 'ranking', name: 'event', value: 'n', rows: [{ label: 'b', value: 12345678901234567890 }, { label: 'NULL', value: 2 }, { label: 'a', value: 1 }],
    });
  });

  it('are nothing to draw without numbers, or with numbers alone', () => {
    expect(pictureOf(result([['event', 'VARCHAR']], [['a']]))).toBeNull();
    expect(pictureOf(result([['n', 'BIGINT']], [[1]]))).toBeNull();
  });
});
