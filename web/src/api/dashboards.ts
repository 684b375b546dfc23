import { keepPreviousData, queryOptions, useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { ApiError, call } from './client';
import { callWithProgress, isStopped } from './progress';
import { projectPath } from './queries';
import type {
  CreatedDashboardShare, Dashboard, DashboardChange, DashboardShare, DashboardSummary, EventDefinition, NewDashboardShare, NewTile, PropertyFilter, QueryRange, SharedDashboard, StoredFilter, Tile, TileAnswer,
} from './types';

const listKey = (project: string) => ['project', project, 'dashboards'] as const;
const oneKey = (project: string, id: number) => ['project', project, 'dashboard', id] as const;
const path = (project: string, id: number, rest = '') => projectPath(project, `/dashboards/${String(id)}${rest}`);

/** The server writes out what a range has not; the app asks which members there are. */
export function plainRange(range: QueryRange): QueryRange {
  const { from, to, last, unit } = range as Partial<Record<'from' | 'to', string | null>> & { last?: number | null; unit?: Extract<QueryRange, { last: number }>['unit'] | null };
  return typeof last === 'number' && unit ? { last, unit } : { from: from ?? '', to: to ?? '' };
}

function plainQuery<Query extends { range: QueryRange }>(query: Query): Query {
  return { ...query, range: plainRange(query.range) };
}

function plain(dashboard: Dashboard): Dashboard {
  return {
    ...dashboard,
    range: dashboard.range && plainRange(dashboard.range),
    tiles: dashboard.tiles.map((one) => ({ ...one, query: plainQuery(one.query) })),
  };
}

function plainAnswer(answer: TileAnswer): TileAnswer {
  return { ...answer, query: plainQuery(answer.query) };
}

function plainShared(dashboard: SharedDashboard): SharedDashboard {
  return { ...dashboard, range: dashboard.range && plainRange(dashboard.range), ranges: dashboard.ranges.map(plainRange) };
}

export const dashboardsQuery = (project: string) =>
  queryOptions({
    queryKey: listKey(project),
    queryFn: ({ signal }) => call<DashboardSummary[]>(projectPath(project, '/dashboards'), { signal }),
    staleTime: 10_000,
  });

export const dashboardQuery = (project: string, id: number) =>
  queryOptions({
    queryKey: oneKey(project, id),
    queryFn: async ({ signal }) => plain(await call<Dashboard>(path(project, id), { signal })),
    staleTime: 10_000,
  });

/** What all tiles are asked in place of what the dashboard says; null leaves that as it is. */
export interface TileConditions {
  /** Or each tile's own. */
  range: QueryRange | 'own' | null;
  filters: PropertyFilter[] | null;
}

/** So that a wall of tiles costs next to nothing while events arrive. */
const maxAge = 10;

export const tileQuery = (project: string, dashboard: number, tile: Tile, conditions: TileConditions, own: { range: QueryRange | null; filters: StoredFilter[] }, refreshSeconds: number) =>
  queryOptions({
    queryKey: ['project', project, 'tile', dashboard, tile.id, tile.query, conditions, own],
    queryFn: async ({ queryKey, signal }) =>
      plainAnswer(await callWithProgress<TileAnswer>(queryKey, path(project, dashboard, `/tiles/${String(tile.id)}`), {
        signal,
        maxAge,
        query: { ...(conditions.range === 'own' ? { own: 'true' } : rangeParameters(conditions.range)), filters: conditions.filters === null ? null : JSON.stringify(conditions.filters) },
      })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (refreshSeconds > 0 && !isStopped(state) ? refreshSeconds * 1_000 : false),
    refetchOnWindowFocus: ({ state }) => !isStopped(state),
    staleTime: 10_000,
  });

function rangeParameters(range: QueryRange | null): Record<string, string | number> {
  if (range === null) return {};
  return 'last' in range ? { last: range.last, unit: range.unit } : { from: range.from, to: range.to };
}

export const sharedDashboardQuery = (token: string) =>
  queryOptions({
    queryKey: ['shared', token],
    queryFn: async ({ signal }) => plainShared(await call<SharedDashboard>(`/api/shared/${encodeURIComponent(token)}`, { signal })),
    staleTime: 60_000,
    refetchInterval: 300_000,
  });

export const sharedTileQuery = (token: string, tile: number, range: QueryRange | null, refreshSeconds: number) =>
  queryOptions({
    queryKey: ['shared', token, tile, range],
    queryFn: async ({ signal }) => plainAnswer(await call<TileAnswer>(`/api/shared/${encodeURIComponent(token)}/tiles/${String(tile)}`, { signal, query: rangeParameters(range) })),
    placeholderData: keepPreviousData,
    refetchInterval: refreshSeconds > 0 ? refreshSeconds * 1_000 : false,
    staleTime: 10_000,
  });

export const sharesQuery = (project: string, id: number) =>
  queryOptions({
    queryKey: [...oneKey(project, id), 'shares'],
    queryFn: ({ signal }) => call<DashboardShare[]>(path(project, id, '/shares'), { signal }),
  });

/** The names of events from which a template chooses. */
export const allEventNamesQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'event-names-all'],
    queryFn: ({ signal }) => call<EventDefinition[]>(projectPath(project, '/definitions/events'), { signal, query: { limit: 500 } }),
    staleTime: 30_000,
  });

export function useCreateDashboard(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (dashboard: DashboardChange) => plain(await call<Dashboard>(projectPath(project, '/dashboards'), { method: 'POST', body: dashboard })),
    onSuccess: (made) => taken(client, project, made),
  });
}

export function useDuplicateDashboard(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: number) => plain(await call<Dashboard>(path(project, id, '/duplicate'), { method: 'POST' })),
    onSuccess: (made) => taken(client, project, made),
  });
}

export function useDeleteDashboard(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => call<undefined>(path(project, id), { method: 'DELETE' }),
    onSuccess: (_, id) => {
      client.setQueryData(listKey(project), (all: DashboardSummary[] | undefined) => all?.filter((one) => one.id !== id));
      void client.invalidateQueries({ queryKey: listKey(project) });
    },
  });
}

export function useRestoreDashboard(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: number) => plain(await call<Dashboard>(path(project, id, '/restore'), { method: 'POST' })),
    onSuccess: (back) => taken(client, project, back),
  });
}

/**
 * Changes of one dashboard, one after the other and each made for the version that the one before led to. What is changed
 * is seen at once; where somebody else was quicker their dashboard is, and the change is not made.
 */
export function useChangeDashboard(project: string, id: number) {
  const client = useQueryClient();
  const key = oneKey(project, id);
  return useMutation({
    mutationKey: key,
    scope: { id: key.join(' ') },
    mutationFn: (change: DashboardChange) => patch(client, project, id, change),
    onMutate: async (change) => {
      await client.cancelQueries({ queryKey: key, exact: true });
      client.setQueryData(key, (known: Dashboard | undefined) => known && optimistic(known, change));
    },
    onSuccess: (changed) => {
      // Those that wait have been seen already; an older answer must not take that back.
      const last = client.isMutating({ mutationKey: key }) <= 1;
      client.setQueryData(key, (known: Dashboard | undefined) => (last || !known ? changed : { ...known, version: changed.version }));
      void client.invalidateQueries({ queryKey: listKey(project) });
    },
    onError: () => client.invalidateQueries({ queryKey: key, exact: true }),
  });
}

/** Puts a tile on a dashboard that is not on the screen, at the place that is found in what it is now. */
export function useAddTile(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ dashboard, place }: { dashboard: number; place: (tiles: readonly Tile[]) => NewTile[] }) => {
      for (let attempt = 0; ; attempt++) {
        const known = plain(await call<Dashboard>(path(project, dashboard)));
        client.setQueryData(oneKey(project, dashboard), known);
        try {
          return await patch(client, project, dashboard, { tiles: place(known.tiles) });
        } catch (error) {
          // Somebody changed it in between: the tile has a place there too.
          if (!(error instanceof ApiError && error.status === 412) || attempt === 2) throw error;
        }
      }
    },
    onSuccess: (changed) => taken(client, project, changed),
  });
}

async function patch(client: QueryClient, project: string, id: number, change: DashboardChange): Promise<Dashboard> {
  const version = client.getQueryData<Dashboard>(oneKey(project, id))?.version ?? 0;
  return plain(await call<Dashboard>(path(project, id), { method: 'PATCH', body: change, ifMatch: `"${String(version)}"` }));
}

function taken(client: QueryClient, project: string, dashboard: Dashboard): void {
  client.setQueryData(oneKey(project, dashboard.id), dashboard);
  void client.invalidateQueries({ queryKey: listKey(project) });
}

function optimistic(known: Dashboard, { tiles, range, filters, ...plain }: DashboardChange): Dashboard {
  return {
    ...known,
    ...plain,
    ...(range === undefined ? {} : { range: 'last' in range || 'from' in range ? (range as QueryRange) : null }),
    ...(filters === undefined ? {} : { filters }),
    // A new tile has no number yet: it comes with the answer.
    ...(tiles === undefined ? {} : { tiles: tiles.filter((one): one is Tile => one.id !== undefined) }),
  };
}

export function useCreateShare(project: string, id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (share: NewDashboardShare) => call<CreatedDashboardShare>(path(project, id, '/shares'), { method: 'POST', body: share }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: sharesQuery(project, id).queryKey });
      void client.invalidateQueries({ queryKey: listKey(project) });
    },
  });
}

export function useRevokeShare(project: string, id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (share: number) => call<undefined>(path(project, id, `/shares/${String(share)}`), { method: 'DELETE' }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: sharesQuery(project, id).queryKey });
      void client.invalidateQueries({ queryKey: listKey(project) });
    },
  });
}
