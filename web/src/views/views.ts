import { projectAddress, type ProjectView } from '../lib/routes';
import type { IconName } from '../ui/icons';

export type View = ProjectView | 'capacity';

/** The views of a project, and of the server for its operators, in the order of the navigation; G and the key lead there. */
const views: readonly { view: View; label: string; icon: IconName; key: string }[] = [
  { view: 'home', label: 'Home', icon: 'home', key: 'h' },
  { view: 'live', label: 'Live', icon: 'live', key: 'l' },
  { view: 'insights', label: 'Insights', icon: 'trends', key: 'i' },
  { view: 'dashboards', label: 'Dashboards', icon: 'dashboards', key: 'd' },
  { view: 'persons', label: 'Persons', icon: 'persons', key: 'p' },
  { view: 'events', label: 'Events', icon: 'events', key: 'e' },
  { view: 'data', label: 'Data', icon: 'data', key: 'a' },
  { view: 'sql', label: 'SQL', icon: 'code', key: 'q' },
  { view: 'capacity', label: 'Capacity', icon: 'gauge', key: 'c' },
  { view: 'settings', label: 'Settings', icon: 'settings', key: 's' },
];

const ofProject = views.filter((one) => one.view !== 'capacity');

export const viewsFor = (operator: boolean) => (operator ? views : ofProject);

export const viewAddress = (project: string, view: View) => (view === 'capacity' ? '/capacity' : projectAddress(project, view));

/** So many of them, from the first on, stand in a phone's bar; the others are behind More. */
export const viewsAtHand = 4;
