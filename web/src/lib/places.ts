// What can be gone to by its name. Pure.
import { insightAddress, insightKinds, projectAddress, type InsightKind } from './routes';

/** A view, an insight, a dashboard, a part of the settings, another project. */
export interface Place {
  /** Its address. */
  value: string;
  label: string;
  /** What it is. */
  meta: string;
}

const kindLabels: Readonly<Record<InsightKind, string>> = {
  trends: 'Trends', funnel: 'Funnel', retention: 'Retention', paths: 'Paths', stickiness: 'Stickiness', lifecycle: 'Lifecycle', sessions: 'Sessions',
};

interface Known {
  project: string;
  views: readonly { label: string; address: string }[];
  dashboards: readonly { id: number; name: string }[];
  sections: readonly (readonly [id: string, label: string])[];
  projects: readonly { id: string; name: string }[];
}

export function placesOf({ project, views, dashboards, sections, projects }: Known): readonly Place[] {
  return [
    ...views.map(({ label, address }) => ({ value: address, label, meta: 'view' })),
    ...dashboards.map(({ id, name }) => ({ value: `${projectAddress(project, 'dashboards')}/${String(id)}`, label: name, meta: 'dashboard' })),
    ...insightKinds.map((kind) => ({ value: insightAddress(project, kind), label: kindLabels[kind], meta: 'insight' })),
    { value: projectAddress(project, 'cohorts'), label: 'Cohorts', meta: 'view' },
    { value: projectAddress(project, 'data', 'tab=properties'), label: 'Properties', meta: 'data' },
    { value: projectAddress(project, 'data', 'tab=problems'), label: 'Ingestion problems', meta: 'data' },
    { value: projectAddress(project, 'start'), label: 'Set up an SDK', meta: 'view' },
    ...sections.map(([id, label]) => ({ value: `${projectAddress(project, 'settings')}#${id}`, label, meta: 'settings' })),
    ...projects.filter((one) => one.id !== project).map(({ id, name }) => ({ value: projectAddress(id, 'home'), label: name, meta: 'project' })),
  ];
}

/** Those that have every word that was typed, in their name or in what they are; first those whose name begins with it, then those with a word that does. */
export function findPlaces(places: readonly Place[], typed: string): readonly Place[] {
  const text = typed.trim().toLowerCase();
  if (text === '') return places;
  const words = text.split(/\s+/);
  const rank = ({ label }: Place): number => {
    const name = label.toLowerCase();
    if (name.startsWith(text)) return 0;
    return ` ${name}`.includes(` ${text}`) ? 1 : name.includes(text) ? 2 : 3;
  };
  return places
    .filter(({ label, meta }) => words.every((word) => `${label} ${meta}`.toLowerCase().includes(word)))
    .map((place) => ({ place, rank: rank(place) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ place }) => place);
}

/** The persons who have what was typed. */
export const personsWith = (project: string, typed: string): Place =>
  ({ value: projectAddress(project, 'persons', new URLSearchParams({ search: typed }).toString()), label: `Find “${typed}” among persons`, meta: 'persons' });
