import { expect, it } from 'vitest';
import type { QueryRange } from './types';
import { plainRange } from './dashboards';

it('a range has the members that say something, whichever the server writes out', () => {
  expect(plainRange({ from: null, to: null, last: 7, unit: 'day' } as unknown as QueryRange)).toEqual({ last: 7, unit: 'day' });
  expect(plainRange({ from: '2026-11-01', to: '2026-11-02', last: null, unit: null } as unknown as QueryRange)).toEqual({ from: '2026-11-01', to: '2026-11-02' });
});
