import { useQuery } from '@tanstack/react-query';
import { dashboardsQuery } from '../api/dashboards';
import type { Project } from '../api/types';
import { findPlaces, personsWith, placesOf, type Place } from '../lib/places';
import { may } from '../lib/roles';
import { navigate } from '../lib/router';
import { sectionsFor } from '../settings/sections';
import { Dialog } from '../ui/dialog';
import { PickerList, type PickerOption } from '../ui/picker';
import styles from './Palette.module.css';
import { useViews } from './Shell';
import { viewAddress } from './views';

/** Every place of the app by its name, with the keyboard alone. */
export default function Palette({ project, projects, operator, onClose }: { project: Project; projects: readonly Project[]; operator: boolean; onClose: () => void }) {
  const views = useViews();
  const { data: dashboards } = useQuery(dashboardsQuery(project.id));
  const places = placesOf({
    project: project.id,
    views: views.map((one) => ({ label: one.label, address: viewAddress(project.id, one.view) })),
    dashboards: dashboards ?? [],
    sections: sectionsFor(may(project, 'admin'), operator),
    projects,
  });
  const find = (_: readonly PickerOption[], typed: string): readonly Place[] => [...findPlaces(places, typed), ...(typed === '' ? [] : [personsWith(project.id, typed)])];
  return (
    <Dialog title="Go to" onClose={onClose} testId="palette">
      <div className={styles['palette']}>
        <PickerList label="Where to go" placeholder="A view, a dashboard, a setting, a project" selected={[]} options={places} find={find} emptyText="Nothing has such a name."
          onSearch={() => undefined} close={onClose}
          onSelect={([to]) => {
            if (to !== undefined) navigate(to);
          }} />
      </div>
    </Dialog>
  );
}
