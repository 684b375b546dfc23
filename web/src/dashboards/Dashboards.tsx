import type { Project } from '../api/types';
import { Page } from '../views/Page';

export default function DashboardsView({ project, dashboard }: { project: Project; dashboard: number | undefined }) {
  return <Page title="Dashboards"><p>{project.name} {dashboard}</p></Page>;
}
