import type { Project } from '../api/types';

/** The server's own, which hold what it measures of itself. They are listed, and nobody is led to them. */
const ofServer: readonly string[] = ['Headroom: measures', 'Headroom: hours of measures'];

/** The project that a reader is led to: the one that was looked at last, else the first that is not the server's own. */
export function homeOf<Of extends Pick<Project, 'id' | 'name'>>(projects: readonly Of[], last: string | null): Of | undefined {
  return projects.find((one) => one.id === last) ?? projects.find((one) => !ofServer.includes(one.name));
}
