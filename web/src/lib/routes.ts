// The app's addresses. Pure: what an address means and how it is written.

export const projectViews = ['home', 'live', 'insights', 'dashboards', 'persons', 'cohorts', 'events', 'data', 'sql', 'settings', 'start'] as const;
export type ProjectView = (typeof projectViews)[number];

/** The kinds of insight, in the order of their tabs. */
export const insightKinds = ['trends', 'funnel', 'retention', 'paths', 'stickiness', 'lifecycle', 'sessions'] as const;
export type InsightKind = (typeof insightKinds)[number];

export type Route =
  | { name: 'home' }
  | { name: 'setup' }
  | { name: 'sign-in' }
  | { name: 'invite'; token: string }
  | { name: 'capacity' }
  | { name: 'project'; project: string; view: ProjectView; kind: InsightKind; dashboard?: number }
  | { name: 'shared'; token: string; embedded: boolean }
  | { name: 'unknown' };

export function parseRoute(pathname: string): Route {
  const parts = pathname.split('/').filter((part) => part !== '');
  if (parts.length === 0) return { name: 'home' };
  if (parts.length === 1 && parts[0] === 'setup') return { name: 'setup' };
  if (parts.length === 1 && parts[0] === 'sign-in') return { name: 'sign-in' };
  if (parts.length === 1 && parts[0] === 'capacity') return { name: 'capacity' };
  if (parts.length === 2 && parts[0] === 'invite') return { name: 'invite', token: parts[1] ?? '' };
  if (parts.length === 2 && (parts[0] === 'shared' || parts[0] === 'embed')) return { name: 'shared', token: parts[1] ?? '', embedded: parts[0] === 'embed' };
  if (parts[0] === 'projects' && parts[1] !== undefined) {
    if (parts[2] === 'dashboards' && parts.length === 4) return parseDashboard(decode(parts[1]), parts[3] ?? '');
    const view = projectViews.find((one) => one === (parts[2] ?? 'home'));
    const kind = insightKinds.find((one) => one === (parts[3] ?? 'trends'));
    const project = decode(parts[1]);
    const known = view && kind && parts.length <= (view === 'insights' ? 4 : 3);
    if (known && project !== null) return { name: 'project', project, view, kind };
  }

  return { name: 'unknown' };
}

function parseDashboard(project: string | null, id: string): Route {
  const known = project !== null && /^[1-9]\d{0,8}$/.test(id);
  return known ? { name: 'project', project, view: 'dashboards', kind: 'trends', dashboard: Number(id) } : { name: 'unknown' };
}

export function projectAddress(project: string, view: ProjectView, search = ''): string {
  return `/projects/${encodeURIComponent(project)}/${view}${search === '' ? '' : `?${search}`}`;
}

export function insightAddress(project: string, kind: InsightKind, search = ''): string {
  return `/projects/${encodeURIComponent(project)}/insights/${kind}${search === '' ? '' : `?${search}`}`;
}

export function dashboardAddress(project: string, dashboard: number, search = ''): string {
  return `/projects/${encodeURIComponent(project)}/dashboards/${String(dashboard)}${search === '' ? '' : `?${search}`}`;
}

/** The part of an insight's address that means the same to every kind: range, filters, who is counted, and the tile that it is edited for. */
export function carried(search: string): string {
  return new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => ['range', 'f', 'unit', 'tile'].includes(name))).toString();
}

/** Whether who signs in goes on to where they wanted to be. */
export const leadsBack = ({ name }: Route): boolean => name === 'project' || name === 'capacity';

/** Where to go after signing in: an address of this app, never of another host. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/';
  const route = parseRoute(next.split(/[?#]/, 1)[0] ?? '/');
  return leadsBack(route) ? next : '/';
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
