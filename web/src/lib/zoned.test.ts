import { describe, expect, it } from 'vitest';
import { toClocks, toInstant } from './zoned';

describe('a time of a zone’s clocks', () => {
  it('is an instant, in winter and in summer', () => {
    expect(toInstant('2026-11-25', '12:00', 'Europe/Berlin')).toBe('2026-11-25T11:00:00.000Z');
    expect(toInstant('2026-07-01', '00:30', 'Europe/Berlin')).toBe('2026-06-30T22:30:00.000Z');
    expect(toInstant('2026-07-01', '00:00', 'Asia/Kathmandu')).toBe('2026-06-30T18:15:00.000Z');
    expect(toInstant('2026-07-01', '23:59', 'America/St_Johns')).toBe('2026-07-02T02:29:00.000Z');
  });

  it('that the clocks show twice is the first, and one that they skip lies after the gap', () => {
    expect(toInstant('2026-10-25', '02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(toInstant('2026-03-29', '02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('is read back as it was written', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Chatham']) {
      const instant = toInstant('2026-02-03', '04:05', zone) ?? '';
      expect(toClocks(instant, zone)).toEqual({ date: '2026-02-03', time: '04:05' });
    }
  });

  it('is none where it is no date or time', () => {
    expect([toInstant('2026-02-30', '12:00', 'UTC'), toInstant('2026-02-03', '24:00', 'UTC'), toInstant('', '', 'UTC')]).toEqual([null, null, null]);
  });
});
