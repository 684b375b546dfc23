import type { Project } from '../api/types';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Icon } from '../ui/icons';
import ui from '../ui/ui.module.css';

export function PersonsTabs({ project, view }: { project: Project; view: 'persons' | 'cohorts' }) {
  return (
    <nav className={ui['tabs']} aria-label="Persons and cohorts">
      <Link href={projectAddress(project.id, 'persons')} aria-current={view === 'persons' ? 'page' : undefined}><Icon name="user" />All persons</Link>
      <Link href={projectAddress(project.id, 'cohorts')} aria-current={view === 'cohorts' ? 'page' : undefined}><Icon name="persons" />Cohorts</Link>
    </nav>
  );
}
