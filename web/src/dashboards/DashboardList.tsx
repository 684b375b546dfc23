import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { dashboardsQuery } from '../api/dashboards';
import type { DashboardSummary, Project } from '../api/types';
import { formatAgo, plural } from '../lib/format';
import { useNow } from '../lib/now';
import { may } from '../lib/roles';
import { Link } from '../lib/router';
import { dashboardAddress } from '../lib/routes';
import { Button } from '../ui/controls';
import { classes } from '../ui/classes';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import ui from '../ui/ui.module.css';
import { Page } from '../views/Page';
import styles from './dashboards.module.css';

const NewDashboard = lazy(() => import('./NewDashboard').then((dialogs) => ({ default: dialogs.NewDashboard })));

export function DashboardList({ project }: { project: Project }) {
  const dashboards = useQuery(dashboardsQuery(project.id));
  const [creating, setCreating] = useState(false);
  const create = may(project, 'editor') && <Button variant="primary" icon="plus" data-testid="new-dashboard" onClick={() => setCreating(true)}>New dashboard</Button>;
  return (
    <Page title="Dashboards" actions={dashboards.data && dashboards.data.length > 0 && create}>
      {dashboards.isPending && (
        <div className={styles['list']} aria-busy="true">{[0, 1, 2].map((one) => <Skeleton key={one} height={116} />)}</div>
      )}
      {dashboards.isError && !dashboards.data && (
        <section className={ui['card']}><ErrorState title="The dashboards could not be read" error={dashboards.error} retry={() => void dashboards.refetch()} /></section>
      )}
      {dashboards.data?.length === 0 && (
        <section className={ui['card']}>
          <EmptyState icon="dashboards" title="No dashboards yet" actions={create}>
            A dashboard has the figures that you look at again and again on one page. Templates fill themselves from the events that have arrived.
          </EmptyState>
        </section>
      )}
      {dashboards.data && dashboards.data.length > 0 && (
        <ul className={styles['list']} data-testid="dashboards">
          {dashboards.data.map((one) => <Board key={one.id} project={project} dashboard={one} />)}
        </ul>
      )}
      {creating && <Suspense><NewDashboard project={project} onClose={() => setCreating(false)} /></Suspense>}
    </Page>
  );
}

function Board({ project, dashboard }: { project: Project; dashboard: DashboardSummary }) {
  const now = useNow(30_000);
  return (
    <li className={classes(ui['card'], styles['board'])}>
      <h2><Link href={dashboardAddress(project.id, dashboard.id)}>{dashboard.name}</Link></h2>
      {dashboard.description !== '' && <p>{dashboard.description}</p>}
      <div className={styles['facts']}>
        <span>{plural(dashboard.tiles, 'tile')}</span>
        {dashboard.shares > 0 && <span>shared by {plural(dashboard.shares, 'link')}</span>}
        <span>changed {formatAgo(dashboard.updatedAt, Math.max(now, Date.parse(dashboard.updatedAt)))}</span>
        {dashboard.createdBy !== null && <span>made by {dashboard.createdBy}</span>}
      </div>
    </li>
  );
}
