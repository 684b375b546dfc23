import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { Project } from '../api/types';
import type { InsightKind } from '../lib/routes';
import type { IconName } from '../ui/icons';

type View = ComponentType<{ project: Project }>;

interface Kind {
  label: string;
  icon: IconName;
  view: LazyExoticComponent<View>;
  load: () => Promise<unknown>;
}

function kind(label: string, icon: IconName, load: () => Promise<{ default: View }>): Kind {
  return { label, icon, view: lazy(load), load };
}

/**
 * Every kind of insight, in the order of the tabs. A kind is a folder beside this file with its own view: the editor,
 * the picture and the table, and in state.ts what its address means. It is loaded when it is first looked at.
 */
export const kinds: Record<InsightKind, Kind> = {
  trends: kind('Trends', 'trends', () => import('./trends/Trends')),
  funnel: kind('Funnel', 'funnel', () => import('./funnel/Funnel')),
  retention: kind('Retention', 'retention', () => import('./retention/Retention')),
  paths: kind('Paths', 'paths', () => import('./paths/Paths')),
  stickiness: kind('Stickiness', 'bar', () => import('./stickiness/Stickiness')),
  lifecycle: kind('Lifecycle', 'lifecycle', () => import('./lifecycle/Lifecycle')),
  sessions: kind('Sessions', 'sessions', () => import('./sessions/Sessions')),
};
