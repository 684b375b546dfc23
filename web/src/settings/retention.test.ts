import { describe, expect, it } from 'vitest';
import type { RetentionPreview } from '../api/types';
import { describeFreed, describeStored, formatBytes, parseDays } from './retention';

const preview: RetentionPreview = {
  days: 180,
  before: '2026-05-11T22:00:00Z',
  events: 3_400_000,
  eventsExact: true,
  bytes: 1_230_000_000,
  bytesExact: true,
  totalEvents: 5_000_000,
  totalBytes: 1_900_000_000,
  oldestEvent: '2025-03-02T23:30:00Z',
};

describe('retention', () => {
  it('says what goes by the days of the project', () => {
    expect(describeFreed(preview, 'Europe/Berlin', 'en-GB')).toBe('Frees 1.2 GB: 3,400,000 events before 12 May 2026.');
    expect(describeFreed(preview, 'UTC', 'en-GB')).toContain('before 11 May 2026');
    expect(describeStored(preview, 'Europe/Berlin', 'en-GB')).toBe('Stored now: 5,000,000 events in 1.9 GB, the oldest of 3 Mar 2025.');
  });

  it('says about where it is estimated, and nothing where nothing goes', () => {
    expect(describeFreed({ ...preview, bytesExact: false }, 'UTC', 'en-GB')).toBe('Frees about 1.2 GB: 3,400,000 events before 11 May 2026.');
    expect(describeFreed({ ...preview, bytesExact: false, eventsExact: false, events: 1 }, 'UTC', 'en-GB')).toBe('Frees about 1.2 GB: about 1 event before 11 May 2026.');
    expect(describeFreed({ ...preview, events: 0, bytes: 0 }, 'UTC', 'en-GB')).toBe('Frees nothing now: no event is from before 11 May 2026.');
    expect(describeStored({ ...preview, oldestEvent: null, totalEvents: 0, totalBytes: 0 }, 'UTC', 'en-GB')).toBe('No events are stored.');
  });

  it('takes whole days within the bounds', () => {
    expect(['1', ' 45 ', '36500'].map(parseDays)).toEqual([1, 45, 36_500]);
    expect(['', '0', '36501', '1.5', '-3', '1e3', 'x', '9999999'].map(parseDays)).toEqual(Array(8).fill(null));
  });

  it('writes bytes in the unit that fits', () => {
    expect([0, 999, 1_000, 9_960, 12_345, 999_600, 4_000_000_000].map((bytes) => formatBytes(bytes, 'en-GB')))
      .toEqual(['0 bytes', '999 bytes', '1 kB', '10 kB', '12 kB', '1 MB', '4 GB']);
  });
});
