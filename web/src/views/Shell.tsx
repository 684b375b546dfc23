import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { sessionQuery, useSignOut } from '../api/queries';
import type { Project } from '../api/types';
import { Link, navigate } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { modKey, useShortcuts } from '../lib/shortcuts';
import { Hidden, IconButton } from '../ui/controls';
import { Icon, Logo } from '../ui/icons';
import { Popover } from '../ui/popover';
import { errorText, Skeleton } from '../ui/states';
import { ThemeSwitch } from '../ui/theme';
import { useToast } from '../ui/toasts';
import styles from './Shell.module.css';
import { viewAddress, viewsAtHand, viewsFor, type View } from './views';

const CreateProjectDialog = lazy(() => import('./CreateProject').then((views) => ({ default: views.CreateProjectDialog })));

const AccountDialog = lazy(() => import('./AccountDialog'));
const Banners = lazy(() => import('./Banners'));
const ProblemDot = lazy(() => import('../data/ProblemDot'));

const Palette = lazy(() => import('./Palette'));
const ShortcutHelp = lazy(() => import('./ShortcutHelp').then((dialogs) => ({ default: dialogs.ShortcutHelp })));

/** What the navigation leads to, for who is signed in. */
export function useViews() {
  return viewsFor(useQuery(sessionQuery).data?.user?.operator ?? false);
}

interface ShellProps {
  project: Project;
  projects: readonly Project[];
  view: View;
  children: ReactNode;
}

export function Shell({ project, projects, view, children }: ShellProps) {
  // Cohorts are a tab of the view of persons.
  const current = view === 'cohorts' ? 'persons' : view;
  const [dialog, setDialog] = useState<'help' | 'create' | 'palette' | null>(null);
  const views = useViews();
  const { data: session } = useQuery(sessionQuery);

  const shortcuts = useMemo(() => {
    const go = Object.fromEntries(
      views.map((one) => [`g ${one.key}`, () => navigate(viewAddress(project.id, one.view))] as const),
    );
    return { ...go, '?': () => setDialog('help'), 'mod+k': () => setDialog('palette') };
  }, [project.id, views]);
  useShortcuts(shortcuts);

  const switcher = <ProjectSwitcher project={project} projects={projects} view={view} onCreate={() => setDialog('create')} />;
  return (
    <div className={styles['shell']}>
      <a className={styles['skip']} href="#main">Skip to the content</a>
      <aside className={styles['side']}>
        <Link href="/" className={styles['brand']} aria-label="Headroom, home"><Logo />Headroom</Link>
        {switcher}
        <button type="button" className={styles['goTo']} data-testid="go-to" onClick={() => setDialog('palette')}>
          <Icon name="search" />
          Go to…
          <span aria-hidden="true">{modKey()} K</span>
        </button>
        <nav className={styles['nav']} aria-label="Views">
          {views.map((one) => (
            <Link key={one.view} href={viewAddress(project.id, one.view)} aria-current={one.view === current ? 'page' : undefined}>
              <Icon name={one.icon} />
              {one.label}
              {one.view === 'data' && <Suspense><ProblemDot project={project.id} /></Suspense>}
              <span className={styles['keys']} aria-hidden="true">G {one.key.toUpperCase()}</span>
            </Link>
          ))}
        </nav>
        <div className={styles['foot']}>
          <ThemeSwitch />
          <IconButton icon="help" label="Keyboard shortcuts" onClick={() => setDialog('help')} />
          <Account />
        </div>
      </aside>
      <header className={styles['top']}>
        <Link href="/" aria-label="Headroom, home"><Logo /></Link>
        {switcher}
        <Account withTheme />
      </header>
      <main id="main" className={styles['main']} tabIndex={-1}>
        <Suspense><Banners operator={session?.user?.operator ?? false} project={project.id} /></Suspense>
        {children}
      </main>
      <nav className={styles['tabs']} aria-label="Views, at the bottom">
        {views.slice(0, viewsAtHand).map((one) => (
          <Link key={one.view} href={viewAddress(project.id, one.view)} aria-current={one.view === current ? 'page' : undefined}>
            <Icon name={one.icon} size={20} />
            {one.label}
          </Link>
        ))}
        <MoreViews project={project} current={current} onPalette={() => setDialog('palette')} />
      </nav>
      {dialog === 'help' && <Suspense><ShortcutHelp onClose={() => setDialog(null)} /></Suspense>}
      {dialog === 'palette' && <Suspense><Palette project={project} projects={projects} operator={session?.user?.operator ?? false} onClose={() => setDialog(null)} /></Suspense>}
      {dialog === 'create' && <Suspense><CreateProjectDialog onClose={() => setDialog(null)} /></Suspense>}
    </div>
  );
}

/** The views that a phone's bar has no room for. */
function MoreViews({ project, current, onPalette }: { project: Project; current: View; onPalette: () => void }) {
  const rest = useViews().slice(viewsAtHand);
  return (
    <Popover label="More views" width={220}
      trigger={(trigger) => (
        <button type="button" {...trigger} data-current={rest.some((one) => one.view === current)} data-testid="more-views">
          <Icon name="more" size={20} />
          More
        </button>
      )}>
      {(close) => (
        <div className={styles['menu']}>
          {rest.map((one) => (
            <Link key={one.view} href={viewAddress(project.id, one.view)} onClick={close} aria-current={one.view === current ? 'page' : undefined}>
              <Icon name={one.icon} />
              <span>{one.label}</span>
              {one.view === current && <Icon name="check" />}
            </Link>
          ))}
          <hr />
          <button type="button" onClick={() => {
            close();
            onPalette();
          }}>
            <Icon name="search" />
            <span>Go to…</span>
          </button>
        </div>
      )}
    </Popover>
  );
}

function ProjectSwitcher({ project, projects, view, onCreate }: { project: Project; projects: readonly Project[]; view: View; onCreate: () => void }) {
  const { data: session } = useQuery(sessionQuery);
  return (
    <Popover label="Projects" width={300}
      trigger={(trigger) => (
        <button type="button" {...trigger} className={styles['switcher']} data-testid="project-switcher">
          <Badge name={project.name} />
          <Hidden>Project </Hidden>
          <span title={project.name}>{project.name}</span>
          <Hidden>; change it</Hidden>
          <Icon name="chevron" size={14} />
        </button>
      )}>
      {(close) => (
        <div className={styles['menu']}>
          <p className={styles['menuTitle']}>Projects</p>
          <ul>
            {projects.map((one) => (
              <li key={one.id}>
                <Link href={projectAddress(one.id, view === 'start' || view === 'capacity' ? 'home' : view)} onClick={close} aria-current={one.id === project.id ? 'true' : undefined}>
                  <Badge name={one.name} />
                  <span title={one.name}>{one.name}</span>
                  {one.id === project.id && <Icon name="check" />}
                </Link>
              </li>
            ))}
          </ul>
          {session?.user?.operator && (
            <>
              <hr />
              <button type="button" data-testid="create-project" onClick={() => {
                close();
                onCreate();
              }}>
                <Icon name="plus" />
                <span>New project</span>
              </button>
            </>
          )}
        </div>
      )}
    </Popover>
  );
}

function Badge({ name }: { name: string }) {
  return <i className={styles['badge']} data-initial={initial(name)} aria-hidden="true" />;
}

function initial(name: string): string {
  const first = name.trim().codePointAt(0);
  return first === undefined ? '·' : String.fromCodePoint(first).toUpperCase();
}

function Account({ withTheme = false }: { withTheme?: boolean }) {
  const { data: session } = useQuery(sessionQuery);
  const signOut = useSignOut();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Popover label="Account" width={240}
        trigger={(trigger) => <IconButton {...trigger} icon="user" label="Account" data-testid="account" />}>
        {(close) => (
          <div className={styles['menu']}>
            <div className={styles['who']}>
              <strong>{session?.user?.name}</strong>
              <span>{session?.user?.email}</span>
            </div>
            {withTheme && <div className={styles['menuTheme']}><ThemeSwitch /></div>}
            <hr />
            <a href="/docs" onClick={close}><Icon name="code" /><span>API reference</span></a>
            <button type="button" data-testid="change-password" onClick={() => {
              close();
              setOpen(true);
            }}><Icon name="key" /><span>Change password</span></button>
            <button type="button" data-testid="sign-out" disabled={signOut.isPending}
              onClick={() => signOut.mutate(undefined, { onError: (error) => toast(errorText(error), { failed: true }) })}>
              <Icon name="out" />
              <span>Sign out</span>
            </button>
          </div>
        )}
      </Popover>
      {open && session?.user && <Suspense><AccountDialog user={session.user} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}

/** A page outside any project. */
export function Bare({ children }: { children: ReactNode }) {
  return (
    <main className={styles['bare']}>
      <div className={styles['bareBrand']}><Logo size={28} />Headroom</div>
      {children}
    </main>
  );
}

export function ShellSkeleton() {
  return (
    <div className={styles['shell']} aria-busy="true">
      <aside className={styles['side']}>
        <div className={styles['brand']}><Logo />Headroom</div>
        <Skeleton height={40} />
      </aside>
      <header className={styles['top']}><Logo /></header>
      <main className={styles['main']} />
    </div>
  );
}
