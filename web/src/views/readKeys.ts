// A read key is told once, when its project is made. It is kept in memory for the page that shows it, never stored.
const keys = new Map<string, string>();

export function keepReadKey(project: string, key: string): void {
  keys.set(project, key);
}

export function keptReadKey(project: string): string | null {
  return keys.get(project) ?? null;
}
