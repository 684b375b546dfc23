import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useAddress } from '../insights/shared/address';
import { useToday } from '../insights/shared/today';
import { eventNamesQuery } from '../api/queries';
import type { Project } from '../api/types';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { DrillProvider } from '../persons/drill';
import { buttonClass, Checkbox, Segments } from '../ui/controls';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import ui from '../ui/ui.module.css';
import { Page } from '../views/Page';
import { RangePicker } from '../views/RangePicker';
import { FilterBar } from './FilterBar';
import styles from './Home.module.css';
import { ProductHome } from './ProductHome';
import { formatHome, overviewQuery, parseHome, withRange, type HomeState, type View } from './state';
import { WebHome } from './WebHome';

const ToDashboard = lazy(() => import('../dashboards/AddToDashboard').then((dashboards) => ({ default: dashboards.ToDashboard })));

/** A project at a glance: a site by its visits, or a product by who uses it. The whole state is the address. */
export default function HomeView({ project }: { project: Project }) {
  const [state, setState] = useAddress(parseHome, formatHome);
  const now = useToday(project.timeZone);
  const all = useQuery(eventNamesQuery(project.id, ''));
  const ofSdks = useQuery(eventNamesQuery(project.id, '$'));
  const update = (changed: Partial<HomeState>) => setState({ ...state, ...changed });
  const names = all.data && ofSdks.data && [...all.data, ...ofSdks.data].map((one) => one.name);
  const views = names?.includes('$pageview') ?? false;
  const own = names?.some((name) => !name.startsWith('$')) ?? false;
  const view: View | null = state.view ?? (names ? (views ? 'web' : 'product') : null);
  const failed = [all, ofSdks].find((one) => one.isError && !one.data);
  return (
    <Page title={project.name} documentTitle={`${project.name}, home`}
      actions={(
        <>
          {view === 'web' && (
            <Suspense fallback={<Skeleton width={160} height={34} />}>
              <ToDashboard project={project} query={{ ...overviewQuery(state, project.timeZone, now), lists: [] }} look={{ display: 'line', figure: state.web }} />
            </Suspense>
          )}
          {views && own && view !== null && (
            <Segments<View> label="What Home is about" value={view} onChange={(chosen) => update({ view: chosen })}
              options={[{ value: 'web', label: 'Web' }, { value: 'product', label: 'Product' }]} />
          )}
        </>
      )}>
      {failed ? (
        <section className={ui['card']}><ErrorState title="The project’s events could not be read" error={failed.error} retry={() => void failed.refetch()} /></section>
      ) : names?.length === 0 && state.view === null ? (
        <section className={ui['card']}>
          <EmptyState icon="home" title="Waiting for the first event"
            actions={<Link href={projectAddress(project.id, 'start')} className={buttonClass('primary')}>Set up an SDK</Link>}>
            Who visits, where they come from and what they do is shown here as soon as events arrive. Three minutes are enough to send the first one.
          </EmptyState>
        </section>
      ) : (
        <DrillProvider project={project}>
          <div className={styles['toolbar']}>
            <FilterBar project={project} filters={state.filters} onChange={(filters) => update({ filters })} />
            <div className={styles['when']}>
              <Checkbox label="Compare" title="With the period before" checked={state.compare} data-testid="compare" onChange={(event) => update({ compare: event.target.checked })} />
              <RangePicker range={state.range} timeZone={project.timeZone} onChange={(range) => setState(withRange(state, range))} />
            </div>
          </div>
          {view === 'web' && <WebHome project={project} state={state} now={now} vitals={names?.includes('$web_vitals') ?? false} onChange={update} />}
          {view === 'product' && <ProductHome project={project} state={state} now={now} onChange={update} />}
          {view === null && <section className={ui['card']} aria-busy="true"><div className={styles['wait']}><Skeleton height={440} /></div></section>}
        </DrillProvider>
      )}
    </Page>
  );
}
