import { expect, it } from 'vitest';
import { defaultLifecycle, toLifecycleQuery } from '../lifecycle/state';
import { apiCall } from './share';

it('an API call holds whatever stands in a query, for a shell', () => {
  const state = { ...defaultLifecycle, filters: [{ property: 'plan', operator: 'is' as const, values: [`it's "$HOME"`] }] };
  const call = apiCall('https://stats.example', 'a b', toLifecycleQuery(state, 'UTC', new Date('2026-11-23T12:00:00Z')));
  expect(call).toContain('curl https://stats.example/api/projects/a%20b/query -H "Authorization: Bearer $HEADROOM_READ_KEY"');
  expect(call).toContain(`"values":["it'\\''s \\"$HOME\\""]`);
});
