import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { call, setCsrfToken } from './client';
import { callWithProgress, isStopped } from './progress';
import type {
  CreatedProject,
  CreateProjectRequest,
  EventDefinition,
  EventDetails,
  EventPage,
  Health,
  InsightAnswer,
  InsightQuery,
  Project,
  PropertyDefinition,
  PropertyFilter,
  PropertyValue,
  Session,
  SetupRequest,
  SignInRequest,
} from './types';

const suggestions = 50;

export function projectPath(project: string, rest = ''): string {
  return `/api/projects/${encodeURIComponent(project)}${rest}`;
}

async function readSession(signal?: AbortSignal): Promise<Session> {
  const session = await call<Session>('/api/session', signal ? { signal } : {});
  setCsrfToken(session.csrfToken);
  return session;
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => readSession(signal),
  staleTime: Infinity,
});

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => call<Project[]>('/api/projects', { signal }),
  staleTime: 60_000,
});

/** Whether the server and its parts are well; it answers 503 with the same document when one is not. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => call<Health>('/health/ready', { signal, answer: 503 }),
  refetchInterval: 10_000,
  retry: false,
});

/** The answer to a question of any kind. */
export const insightQuery = <Query extends InsightQuery>(project: string, query: Query) =>
  queryOptions({
    queryKey: ['project', project, 'query', query],
    queryFn: ({ queryKey, signal }) =>
      callWithProgress<InsightAnswer<Query>>(queryKey, projectPath(project, '/query'), { method: 'POST', body: query, signal }),
    placeholderData: keepPreviousData,
    // A range that ends now goes on moving; a closed one does not. What is hard to answer is asked less often.
    refetchInterval: ({ state }) => ('last' in query.range && !isStopped(state) ? Math.max(60_000, (state.data?.elapsedMs ?? 0) * 60) : false),
    refetchOnWindowFocus: ({ state }) => !isStopped(state),
    staleTime: 10_000,
  });

export interface EventsFilter {
  event: string | null;
  filters: PropertyFilter[];
  from: string | null;
  to: string | null;
}

export const eventsQuery = (project: string, filter: EventsFilter) =>
  infiniteQueryOptions({
    queryKey: ['project', project, 'events', filter],
    queryFn: ({ pageParam, signal }) =>
      call<EventPage>(projectPath(project, '/events'), {
        signal,
        query: {
          limit: 50,
          cursor: pageParam,
          event: filter.event,
          filters: filter.filters.length > 0 ? JSON.stringify(filter.filters) : null,
          from: filter.from,
          to: filter.to,
        },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const latestEventsQuery = (project: string, limit: number, event: string | null = null) =>
  queryOptions({
    queryKey: ['project', project, 'latest', limit, event],
    queryFn: ({ signal }) => call<EventPage>(projectPath(project, '/events'), { signal, query: { limit, event } }),
    staleTime: 0,
    gcTime: 0,
  });

export const eventQuery = (project: string, uuid: string) =>
  queryOptions({
    queryKey: ['project', project, 'event', uuid],
    queryFn: ({ signal }) =>
      call<EventDetails>(projectPath(project, `/events/${encodeURIComponent(uuid)}`), { signal }),
    staleTime: 60_000,
  });

export const eventNamesQuery = (project: string, search: string) =>
  queryOptions({
    queryKey: ['project', project, 'event-names', search],
    queryFn: ({ signal }) =>
      call<EventDefinition[]>(projectPath(project, '/definitions/events'), {
        signal,
        query: { search, limit: suggestions },
      }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

export const propertyNamesQuery = (project: string, event: string | null, search: string) =>
  queryOptions({
    queryKey: ['project', project, 'property-names', event, search],
    queryFn: ({ signal }) =>
      call<PropertyDefinition[]>(projectPath(project, '/definitions/properties'), {
        signal,
        query: { event, search, limit: suggestions * 2 },
      }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

export const propertyValuesQuery = (project: string, property: string, event: string | null, search: string) =>
  queryOptions({
    queryKey: ['project', project, 'property-values', property, event, search],
    queryFn: ({ signal }) =>
      call<PropertyValue[]>(projectPath(project, '/definitions/properties/values'), {
        signal,
        query: { property, event, search, limit: suggestions },
      }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

/** The project's stream, of one event where one is named; without events only the counts, which cost little. */
export function liveAddress(project: string, events = true, event: string | null = null): string {
  return projectPath(project, `/live${events ? (event === null ? '' : `?event=${encodeURIComponent(event)}`) : '?events=false'}`);
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (request: SignInRequest) => {
      // The token that a signed-out page holds may have gone stale while it lay open.
      await readSession();
      return call<Session>('/api/session', { method: 'POST', body: request, expect401: true });
    },
    onSuccess: (session) => {
      setCsrfToken(session.csrfToken);
      client.setQueryData(sessionQuery.queryKey, session);
    },
  });
}

export function useSetup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (request: SetupRequest) => {
      await call<unknown>('/api/setup', { method: 'POST', body: request, expect401: true });
      return readSession();
    },
    onSuccess: (session) => client.setQueryData(sessionQuery.queryKey, session),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await call<undefined>('/api/session', { method: 'DELETE' });
      return readSession();
    },
    onSuccess: (session) => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
      client.setQueryData(sessionQuery.queryKey, session);
    },
  });
}

export function useCreateProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: CreateProjectRequest) =>
      call<CreatedProject>('/api/projects', { method: 'POST', body: request }),
    onSuccess: (created) => {
      client.setQueryData(projectsQuery.queryKey, (projects) => [...(projects ?? []), created.project]);
    },
  });
}
