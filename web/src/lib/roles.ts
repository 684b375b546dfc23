import type { Role } from '../api/types';

/** In order: each may all that those before it may. */
export const roles: readonly Role[] = ['viewer', 'editor', 'admin', 'owner'];

/** Whether whoever has a project in this way may do what needs a role there. */
export function may({ role }: { role: Role }, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** What a role may, beyond the one before it. */
export const roleHints: Readonly<Record<Role, string>> = {
  viewer: 'Sees everything but keys',
  editor: 'Also changes dashboards, cohorts and annotations',
  admin: 'Also changes settings, keys and members',
  owner: 'Also makes and unmakes owners',
};
