import { lazy } from 'react';
import type { Project } from '../api/types';
import { DashboardList } from './DashboardList';

const Dashboard = lazy(() => import('./Dashboard').then((views) => ({ default: views.DashboardView })));

/** All dashboards of a project, or the one of an address. */
export default function DashboardsView({ project, dashboard }: { project: Project; dashboard: number | undefined }) {
  return dashboard === undefined ? <DashboardList project={project} /> : <Dashboard key={dashboard} project={project} id={dashboard} />;
}
