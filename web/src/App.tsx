import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { projectsQuery, sessionQuery } from './api/queries';
import type { User } from './api/types';
import { homeOf } from './lib/projects';
import { navigate, usePathname, useSearch } from './lib/router';
import { leadsBack, parseRoute, projectAddress, safeNext } from './lib/routes';
import { ErrorState } from './ui/states';
import { Boundary } from './views/Boundary';
import { PageSkeleton } from './views/Page';
import { Bare, Shell, ShellSkeleton } from './views/Shell';
import { NotFound, ProjectViews } from './views/ProjectViews';

const SetupView = lazy(() => import('./views/Access').then((views) => ({ default: views.SetupView })));
const SignInView = lazy(() => import('./views/Access').then((views) => ({ default: views.SignInView })));
const InviteView = lazy(() => import('./views/Invite'));
const NoProjects = lazy(() => import('./views/NoProjects'));
const SharedDashboard = lazy(() => import('./dashboards/Shared'));
const Capacity = lazy(() => import('./capacity/Capacity'));
const CreateProject = lazy(() => import('./views/CreateProject').then((views) => ({ default: views.CreateProject })));

// Once for good: who opened a link that was shared, perhaps in a frame of another site, gets nowhere else from there.
const opened = parseRoute(window.location.pathname);

export function App() {
  return (
    <Suspense fallback={opened.name === 'shared' ? null : <ShellSkeleton />}>
      {opened.name === 'shared' ? <SharedDashboard token={opened.token} embedded={opened.embedded} /> : <Views />}
    </Suspense>
  );
}

/** Which view an address and a session lead to. */
function Views() {
  const session = useQuery(sessionQuery);
  const pathname = usePathname();
  const search = useSearch();
  const route = parseRoute(pathname);

  if (session.isPending) return <ShellSkeleton />;
  if (session.isError) {
    return (
      <Bare>
        <ErrorState whole title="Headroom does not answer" error={session.error} retry={() => void session.refetch()} />
      </Bare>
    );
  }

  if (route.name === 'invite') return <InviteView token={route.token} user={session.data.user} />;
  if (session.data.setupNeeded) return route.name === 'setup' ? <SetupView /> : <Redirect to="/setup" />;
  if (session.data.user === null) {
    if (route.name === 'sign-in') return <SignInView />;
    const next = leadsBack(route) ? `?next=${encodeURIComponent(pathname + search)}` : '';
    return <Redirect to={`/sign-in${next}`} />;
  }

  if (route.name === 'setup') return <Redirect to="/" />;
  if (route.name === 'sign-in') return <Redirect to={safeNext(new URLSearchParams(search).get('next'))} />;
  return <SignedIn user={session.data.user} />;
}

const lastProjectKey = 'headroom.project';

function SignedIn({ user }: { user: User }) {
  const projects = useQuery(projectsQuery);
  const route = parseRoute(usePathname());
  const chosen = route.name === 'project' ? route.project : null;

  useEffect(() => {
    if (chosen !== null) remember(chosen);
  }, [chosen]);

  if (projects.isPending) return <ShellSkeleton />;
  if (projects.isError) {
    return (
      <Bare>
        <ErrorState whole title="Your projects could not be read" error={projects.error} retry={() => void projects.refetch()} />
      </Bare>
    );
  }

  if (route.name === 'home') {
    const home = homeOf(projects.data, remembered());
    if (home) return <Redirect to={projectAddress(home.id, 'home')} />;
    if (!user.operator) return <NoProjects user={user} />;
    return (
      <Bare>
        <CreateProject first />
      </Bare>
    );
  }

  // The whole server's page stands among the views of a project.
  if (route.name === 'capacity' && user.operator) {
    const beside = homeOf(projects.data, remembered()) ?? projects.data[0];
    const page = <Boundary><Suspense fallback={<PageSkeleton />}><Capacity /></Suspense></Boundary>;
    return beside ? <Shell project={beside} projects={projects.data} view="capacity">{page}</Shell> : <main>{page}</main>;
  }

  const project = projects.data.find((one) => one.id === chosen);
  if (route.name !== 'project' || !project) {
    return (
      <Bare>
        <NotFound />
      </Bare>
    );
  }

  return (
    <Shell project={project} projects={projects.data} view={route.view}>
      <ProjectViews key={project.id} project={project} view={route.view} kind={route.kind} dashboard={route.dashboard} />
    </Shell>
  );
}

function Redirect({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return <ShellSkeleton />;
}

function remember(project: string): void {
  try {
    localStorage.setItem(lastProjectKey, project);
  } catch {
    // Storage is shut off; the first project is shown at home then.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(lastProjectKey);
  } catch {
    return null;
  }
}
