import { lazy, Suspense, useEffect } from 'react';
import type { Project } from '../api/types';
import { Link } from '../lib/router';
import type { InsightKind, ProjectView } from '../lib/routes';
import { buttonClass } from '../ui/controls';
import { EmptyState } from '../ui/states';
import { Boundary } from './Boundary';
import { PageSkeleton } from './Page';

const loadHome = () => import('../home/Home');
const loadLive = () => import('./Live').then((views) => ({ default: views.LiveView }));
const loadInsights = () => import('../insights/Insights');
const loadDashboards = () => import('../dashboards/Dashboards');
const loadPersons = () => import('../persons/Persons');
const loadCohorts = () => import('../persons/Cohorts');
const loadEvents = () => import('./Events');
const loadData = () => import('../data/Data');
const loadSql = () => import('./Sql');
const loadSettings = () => import('./Settings');
const loadStart = () => import('./Start');

const Home = lazy(loadHome);
const Live = lazy(loadLive);
const Insights = lazy(loadInsights);
const Dashboards = lazy(loadDashboards);
const Persons = lazy(loadPersons);
const Cohorts = lazy(loadCohorts);
const Events = lazy(loadEvents);
const Data = lazy(loadData);
const Sql = lazy(loadSql);
const Settings = lazy(loadSettings);
const Start = lazy(loadStart);

export function ProjectViews({ project, view, kind, dashboard }: { project: Project; view: ProjectView; kind: InsightKind; dashboard: number | undefined }) {
  // The other views come while the reader looks at this one, so that changing between them never waits.
  useEffect(() => {
    const timer = window.setTimeout(() => {
      for (const load of [loadHome, loadLive, loadInsights, loadDashboards, loadPersons, loadEvents, loadData, loadSql, loadSettings]) void load().catch(() => undefined);
    }, 1_500);
    return () => window.clearTimeout(timer);
  }, []);

  return (
    <Boundary key={view}>
      <Suspense fallback={<PageSkeleton />}>
        {view === 'home' && <Home project={project} />}
        {view === 'live' && <Live project={project} />}
        {view === 'insights' && <Insights project={project} kind={kind} />}
        {view === 'dashboards' && <Dashboards project={project} dashboard={dashboard} />}
        {view === 'persons' && <Persons project={project} />}
        {view === 'cohorts' && <Cohorts project={project} />}
        {view === 'events' && <Events project={project} />}
        {view === 'data' && <Data project={project} />}
        {view === 'sql' && <Sql key={project.id} project={project} />}
        {view === 'settings' && <Settings project={project} />}
        {view === 'start' && <Start project={project} />}
      </Suspense>
    </Boundary>
  );
}

export function NotFound() {
  return (
    <EmptyState whole icon="search" title="There is nothing at this address"
      actions={<Link href="/" className={buttonClass('primary')}>Go to your projects</Link>}>
      The project may have been removed, or the address may be mistyped.
    </EmptyState>
  );
}
