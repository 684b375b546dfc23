import type { Role } from '../api/types';

/** In order: each may all that those before it may. */
export const roles: readonly Role[] = ['viewer', 'editor', 'admin', 'owner'];

/** Whether whoever has a project in this way may do what needs a role there. */
export function may({ role }: { role: Role }, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** What whoever has a role may. */
export const roleHints: Readonly<Record<Role, string>> = {
  viewer: 'Sees everything but keys',
  editor: 'Sees everything but keys, and changes dashboards, cohorts, annotations and descriptions',
  admin: 'Sees and changes everything, members up to admins too',
  owner: 'Sees and changes everything, owners too',
};
