// The address of a project's events as a file. Pure.

/** Days as they stand in a field of dates; empty for no bound. */
export function exportAddress(project: string, from: string, to: string): string {
  const query = new URLSearchParams();
  if (from !== '') query.set('from', from);
  if (to !== '') query.set('to', to);
  const text = query.toString();
  return `/api/projects/${encodeURIComponent(project)}/export${text === '' ? '' : `?${text}`}`;
}
