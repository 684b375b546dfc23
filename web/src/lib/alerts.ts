import type { Alert } from '../api/types';
import type { Part } from './health';

/** What the banner shows: alerts that nobody acknowledged, in the server's order, the worst first. */
export function shown(firing: readonly Alert[]): Alert[] {
  return firing.filter((one) => one.acknowledgedUntil === null);
}

/** Parts that are not well and of which no alert tells, acknowledged ones included. */
export function untold(parts: readonly Part[], firing: readonly Alert[]): Part[] {
  const told = new Set(firing.map((one) => one.id));
  return parts.filter((part) => !part.ok && !told.has(`part:${part.id}`));
}

/** How long an alert lasted or lasts, as "3 min". */
export function lasted(alert: Alert, now: number): string {
  const seconds = Math.max(0, Math.round(((alert.resolvedAt === null ? now : Date.parse(alert.resolvedAt)) - Date.parse(alert.since)) / 1000));
  if (seconds < 60) return `${String(seconds)} s`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min`;
  if (seconds < 86_400) return `${String(Math.floor(seconds / 3600))} h`;
  return `${String(Math.floor(seconds / 86_400))} d`;
}
