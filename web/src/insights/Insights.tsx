import { lazy, Suspense, useEffect, useRef } from 'react';
import type { Project } from '../api/types';
import { Link, useSearch } from '../lib/router';
import { carried, insightAddress, insightKinds, type InsightKind } from '../lib/routes';
import { DrillProvider } from '../persons/drill';
import { Icon } from '../ui/icons';
import { Skeleton } from '../ui/states';
import ui from '../ui/ui.module.css';
import { Boundary } from '../views/Boundary';
import { Page } from '../views/Page';
import { kinds } from './kinds';

const AddToDashboard = lazy(() => import('../dashboards/AddToDashboard'));

/** The kinds of insight behind one address each; range and filters come along from one to the next. */
export default function InsightsView({ project, kind }: { project: Project; kind: InsightKind }) {
  const search = useSearch();
  const { label, view: View } = kinds[kind];

  // The other kinds come while the reader looks at this one.
  useEffect(() => {
    const timer = window.setTimeout(() => {
      for (const one of insightKinds) void kinds[one].load().catch(() => undefined);
    }, 2_000);
    return () => window.clearTimeout(timer);
  }, []);

  // More tabs than fit a phone can be scrolled; the present one is always in sight.
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [kind]);

  return (
    <Page title="Insights" documentTitle={label} actions={<Suspense fallback={<Skeleton width={160} height={34} />}><AddToDashboard project={project} kind={kind} /></Suspense>}>
      <nav ref={tabs} className={ui['tabs']} aria-label="Kinds of insight">
        {insightKinds.map((one) => (
          <Link key={one} href={insightAddress(project.id, one, carried(search))} aria-current={one === kind ? 'page' : undefined}>
            <Icon name={kinds[one].icon} />
            {kinds[one].label}
          </Link>
        ))}
      </nav>
      <Boundary key={kind}>
        <DrillProvider project={project}>
          <Suspense fallback={<Skeleton height={360} />}><View project={project} /></Suspense>
        </DrillProvider>
      </Boundary>
    </Page>
  );
}
