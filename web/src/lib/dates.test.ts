import { describe, expect, it } from 'vitest';
import { addDays, daysBetween, isDate, isTimeZone, timeZones, today } from './dates';

describe('calendar dates', () => {
  it('are checked as a calendar does', () => {
    expect(isDate('2028-02-29')).toBe(true);
    expect(isDate('2026-02-29')).toBe(false);
    expect(isDate('2026-13-01')).toBe(false);
    expect(isDate('2026-1-1')).toBe(false);
    expect(isDate('')).toBe(false);
  });

  it('are today where the project is', () => {
    const now = new Date('2026-11-03T23:30:00Z');
    expect(today('UTC', now)).toBe('2026-11-03');
    expect(today('Europe/Berlin', now)).toBe('2026-11-04');
  });

  it('add and count over months and daylight saving', () => {
    expect(addDays('2026-03-31', 1)).toBe('2026-04-01');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
    expect(daysBetween('2026-10-24', '2026-10-26')).toBe(3);
  });
});

describe('time zones', () => {
  it('are those of the browser', () => {
    expect(isTimeZone('Asia/Kathmandu')).toBe(true);
    expect(isTimeZone('Mars/Olympus')).toBe(false);
    expect(timeZones('UTC')).toContain('UTC');
  });
});
