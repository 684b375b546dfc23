import { Component, lazy, Suspense, useEffect, type ReactNode } from 'react';
import type { Project } from '../api/types';
import { Link } from '../lib/router';
import type { ProjectView } from '../lib/routes';
import { Button, buttonClass } from '../ui/controls';
import { EmptyState } from '../ui/states';
import { PageSkeleton } from './Page';

const loadLive = () => import('./Live').then((views) => ({ default: views.LiveView }));
const loadTrends = () => import('./Trends');
const loadEvents = () => import('./Events');
const loadSql = () => import('./Sql');
const loadSettings = () => import('./Settings');
const loadStart = () => import('./Start');

const Live = lazy(loadLive);
const Trends = lazy(loadTrends);
const Events = lazy(loadEvents);
const Sql = lazy(loadSql);
const Settings = lazy(loadSettings);
const Start = lazy(loadStart);

export function ProjectViews({ project, view }: { project: Project; view: ProjectView }) {
  // The other views come while the reader looks at this one, so that changing between them never waits.
  useEffect(() => {
    const timer = window.setTimeout(() => {
      for (const load of [loadLive, loadTrends, loadEvents, loadSql, loadSettings]) void load().catch(() => undefined);
    }, 1_500);
    return () => window.clearTimeout(timer);
  }, []);

  return (
    <Boundary key={view}>
      <Suspense fallback={<PageSkeleton />}>
        {view === 'live' && <Live project={project} />}
        {view === 'trends' && <Trends project={project} />}
        {view === 'events' && <Events project={project} />}
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

/** A view that failed does not take the others with it. */
class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <EmptyState whole icon="warning" title="This view failed" actions={<Button icon="refresh" onClick={() => window.location.reload()}>Reload</Button>}>
        It may be that Headroom was updated while the page was open. Reloading brings the new version.
      </EmptyState>
    );
  }
}
