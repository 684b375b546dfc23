import { describe, expect, it } from 'vitest';
import {
  change,
  eventLabel,
  formatAgo,
  formatBucket,
  formatBucketLong,
  formatChange,
  formatClock,
  formatCompact,
  formatDate,
  formatMilliseconds,
  formatNumber,
  noValue,
  plural,
  propertyLabel,
} from './format';

describe('numbers', () => {
  it('groups whole numbers and keeps them whole', () => {
    expect(formatNumber(1234567, 'en-US')).toBe('1,234,567');
    expect(formatNumber(0, 'en-US')).toBe('0');
  });

  it('follows the locale', () => {
    expect(formatNumber(1234.5, 'de-DE')).toBe('1.234,5');
  });

  it('shows small fractions with significant digits', () => {
    expect(formatNumber(0.012345, 'en-US')).toBe('0.0123');
    expect(formatNumber(12.3456, 'en-US')).toBe('12.35');
  });

  it('has a sign for no value', () => {
    expect(formatNumber(null)).toBe(noValue);
    expect(formatNumber(Number.NaN)).toBe(noValue);
    expect(formatCompact(undefined)).toBe(noValue);
  });

  it('shortens from a thousand on', () => {
    expect(formatCompact(999, 'en-US')).toBe('999');
    expect(formatCompact(1234, 'en-US')).toBe('1.2K');
    expect(formatCompact(-2_500_000, 'en-US')).toBe('-2.5M');
  });

  it('says milliseconds up to a second', () => {
    expect(formatMilliseconds(7.25, 'en-US')).toBe('7.3 ms');
    expect(formatMilliseconds(112.5, 'en-US')).toBe('113 ms');
    expect(formatMilliseconds(1500, 'en-US')).toBe('1.5 s');
  });
});

describe('change', () => {
  it('is a ratio of the value before', () => {
    expect(change(12, 10)).toBeCloseTo(0.2);
    expect(change(-5, -10)).toBeCloseTo(0.5);
  });

  it('is unknown without something to compare with', () => {
    expect(change(12, 0)).toBeNull();
    expect(change(12, null)).toBeNull();
    expect(formatChange(null)).toBe(noValue);
  });

  it('always has its sign', () => {
    expect(formatChange(0.25, 'en-US')).toBe('+25%');
    expect(formatChange(-0.034, 'en-US')).toBe('-3.4%');
    expect(formatChange(0, 'en-US')).toBe('0%');
  });

  it('says how many times as much it is from ten times on', () => {
    expect(formatChange(8.99, 'en-US')).toBe('+899%');
    expect(formatChange(9, 'en-US')).toBe('10×');
    expect(formatChange(31.5, 'en-US')).toBe('33×');
    expect(formatChange(1_499, 'en-US')).toBe('1,500×');
  });
});

describe('times', () => {
  const now = Date.parse('2026-11-03T12:00:00Z');

  it('says how long ago', () => {
    expect(formatAgo('2026-11-03T12:00:00Z', now, 'en-US')).toBe('now');
    expect(formatAgo('2026-11-03T11:59:48Z', now, 'en-US')).toBe('12 sec. ago');
    expect(formatAgo('2026-11-03T11:30:00Z', now, 'en-US')).toBe('30 min. ago');
    expect(formatAgo('2026-11-01T11:30:00Z', now, 'en-US')).toBe('2 days ago');
    expect(formatAgo('nonsense', now)).toBe(noValue);
  });

  it('names buckets in the time zone of the project', () => {
    const bucket = '2026-11-02T23:00:00Z';
    expect(formatBucket(bucket, 'day', 'Europe/Berlin', 'en-GB')).toBe('3 Nov');
    expect(formatBucket(bucket, 'day', 'America/New_York', 'en-GB')).toBe('2 Nov');
    expect(formatBucket(bucket, 'hour', 'Asia/Kathmandu', 'en-GB')).toBe('04:45');
    expect(formatBucketLong(bucket, 'week', 'Europe/Berlin', 'en-GB')).toBe('Week of 3 Nov 2026');
  });

  it('does not shift calendar dates', () => {
    expect(formatDate('2026-11-03', 'en-GB')).toBe('3 Nov 2026');
  });

  it('shows seconds of streams', () => {
    expect(formatClock('2026-11-03T12:01:02Z', 'en-GB', 'UTC')).toBe('12:01:02');
  });
});

describe('names', () => {
  it('knows the events of the SDKs and leaves others alone', () => {
    expect(eventLabel('$pageview')).toBe('Page view');
    expect(eventLabel('order_paid')).toBe('order_paid');
    expect(eventLabel(null)).toBe('Any event');
  });

  it('makes property names readable', () => {
    expect(propertyLabel('$current_url')).toBe('Current URL');
    expect(propertyLabel('$os')).toBe('OS');
    expect(propertyLabel('plan')).toBe('plan');
    expect(propertyLabel('$')).toBe('$');
  });

  it('counts', () => {
    expect(plural(1, 'event')).toBe('1 event');
    expect(plural(1200, 'event', 'events', 'en-US')).toBe('1,200 events');
  });
});
