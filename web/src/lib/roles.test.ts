import { describe, expect, it } from 'vitest';
import { may, roles } from './roles';

describe('a role', () => {
  it('may what it is for and what those before it may', () => {
    expect(roles.map((role) => may({ role }, 'viewer'))).toEqual([true, true, true, true]);
    expect(roles.map((role) => may({ role }, 'editor'))).toEqual([false, true, true, true]);
    expect(roles.map((role) => may({ role }, 'owner'))).toEqual([false, false, false, true]);
  });
});
