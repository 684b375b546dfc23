import { expect, it } from 'vitest';
import { exportAddress } from './export';

it('an export is bounded only where a day is given', () => {
  expect(exportAddress('1', '', '')).toBe('/api/projects/1/export');
  expect(exportAddress('1', '2026-11-01', '')).toBe('/api/projects/1/export?from=2026-11-01');
  expect(exportAddress('a b', '2026-11-01', '2026-11-07')).toBe('/api/projects/a%20b/export?from=2026-11-01&to=2026-11-07');
});
