// The app's addresses. Pure: what an address means and how it is written.

export const projectViews = ['live', 'trends', 'events', 'sql', 'settings', 'start'] as const;
export type ProjectView = (typeof projectViews)[number];

export type Route =
  | { name: 'home' }
  | { name: 'setup' }
  | { name: 'sign-in' }
  | { name: 'project'; project: string; view: ProjectView }
  | { name: 'unknown' };

export function parseRoute(pathname: string): Route {
  const parts = pathname.split('/').filter((part) => part !== '');
  if (parts.length === 0) return { name: 'home' };
  if (parts.length === 1 && parts[0] === 'setup') return { name: 'setup' };
  if (parts.length === 1 && parts[0] === 'sign-in') return { name: 'sign-in' };
  if (parts[0] === 'projects' && parts[1] !== undefined && parts.length <= 3) {
    const view = projectViews.find((one) => one === (parts[2] ?? 'live'));
    const project = decode(parts[1]);
    if (view && project !== null) return { name: 'project', project, view };
  }

  return { name: 'unknown' };
}

export function projectAddress(project: string, view: ProjectView, search = ''): string {
  return `/projects/${encodeURIComponent(project)}/${view}${search === '' ? '' : `?${search}`}`;
}

/** Where to go after signing in: an address of this app, never of another host. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/';
  const route = parseRoute(next.split(/[?#]/, 1)[0] ?? '/');
  return route.name === 'project' ? next : '/';
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
