import type { ProjectView } from '../lib/routes';
import type { IconName } from '../ui/icons';

/** The views of a project, in the order of the navigation; G and the key lead there. */
export const views: readonly { view: ProjectView; label: string; icon: IconName; key: string }[] = [
  { view: 'home', label: 'Home', icon: 'home', key: 'h' },
  { view: 'live', label: 'Live', icon: 'live', key: 'l' },
  { view: 'insights', label: 'Insights', icon: 'trends', key: 'i' },
  { view: 'dashboards', label: 'Dashboards', icon: 'dashboards', key: 'd' },
  { view: 'persons', label: 'Persons', icon: 'persons', key: 'p' },
  { view: 'events', label: 'Events', icon: 'events', key: 'e' },
  { view: 'data', label: 'Data', icon: 'data', key: 'a' },
  { view: 'sql', label: 'SQL', icon: 'code', key: 'q' },
  { view: 'settings', label: 'Settings', icon: 'settings', key: 's' },
];

/** So many of them, from the first on, stand in a phone's bar; the others are behind More. */
export const viewsAtHand = 4;
