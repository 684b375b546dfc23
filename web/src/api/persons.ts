// Persons and cohorts. Only views that are loaded later ask for them.
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from './client';
import { projectPath } from './queries';
import type { CohortDetails, CohortOrigin, EventPage, InsightPoint, InsightQuery, PersonItem, PersonsPage } from './types';

const pageSize = 50;

/** The persons behind a point of an insight. */
export const personsBehindQuery = (project: string, query: InsightQuery, point: InsightPoint) =>
  infiniteQueryOptions({
    queryKey: ['project', project, 'persons-behind', query, point],
    queryFn: ({ pageParam, signal }) =>
      call<PersonsPage>(projectPath(project, '/query/persons'), {
        method: 'POST',
        body: { query, point, limit: pageSize, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 10_000,
  });

/** Persons, the newest first; of one cohort where its number is given. */
export const personsQuery = (project: string, search: string, cohort: number | null) =>
  infiniteQueryOptions({
    queryKey: ['project', project, 'persons', search, cohort],
    queryFn: ({ pageParam, signal }) =>
      call<PersonsPage>(projectPath(project, '/persons'), { signal, query: { search, cohort, limit: pageSize, cursor: pageParam } }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const personQuery = (project: string, uuid: string) =>
  queryOptions({
    queryKey: ['project', project, 'person', uuid],
    queryFn: ({ signal }) => call<PersonItem>(projectPath(project, `/persons/${encodeURIComponent(uuid)}`), { signal }),
  });

/** Instants, the second one excluded and null where there is no end. */
export interface Period {
  from: string;
  to: string | null;
}

/** Who sent events: somebody with a profile by its uuid, everybody else by a distinct id. */
export type Sender = { uuid: string } | { distinctId: string };

/** Null for somebody of whom nothing is known. */
export const senderOf = ({ uuid, distinctIds: [distinctId] }: Pick<PersonItem, 'uuid' | 'distinctIds'>): Sender | null =>
  uuid !== null ? { uuid } : distinctId !== undefined ? { distinctId } : null;

/** The events of one person, the newest first. */
export const personEventsQuery = (project: string, sender: Sender, period: Period | null) =>
  infiniteQueryOptions({
    queryKey: ['project', project, 'person-events', sender, period],
    queryFn: ({ pageParam, signal }) =>
      call<EventPage>(projectPath(project, 'uuid' in sender ? `/persons/${encodeURIComponent(sender.uuid)}/events` : '/persons/events'), {
        signal,
        query: { ...('uuid' in sender ? {} : sender), limit: pageSize, cursor: pageParam, from: period?.from, to: period?.to },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

const cohortsKey = (project: string) => ['project', project, 'cohorts'];

export const cohortsQuery = (project: string) =>
  queryOptions({
    queryKey: cohortsKey(project),
    queryFn: ({ signal }) => call<CohortDetails[]>(projectPath(project, '/cohorts'), { signal }),
    staleTime: 30_000,
  });

/** One cohort with its size, which is counted where that has not been done lately. */
export const cohortQuery = (project: string, id: number) =>
  queryOptions({
    queryKey: ['project', project, 'cohort', id],
    queryFn: ({ signal }) => call<CohortDetails>(projectPath(project, `/cohorts/${String(id)}`), { signal }),
    staleTime: 30_000,
  });

export function useCreateCohort(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, origin }: { name: string; origin: CohortOrigin }) =>
      call<CohortDetails>(projectPath(project, '/cohorts'), { method: 'POST', body: { name, ...origin } }),
    onSuccess: () => client.invalidateQueries({ queryKey: cohortsKey(project) }),
  });
}

/** What is given is changed. */
export function useChangeCohort(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name, origin }: { id: number; name: string; origin?: CohortOrigin }) =>
      call<CohortDetails>(projectPath(project, `/cohorts/${String(id)}`), { method: 'PATCH', body: { name, ...origin } }),
    onSuccess: (cohort) => {
      client.setQueryData(cohortQuery(project, cohort.id).queryKey, cohort);
      return client.invalidateQueries({ queryKey: cohortsKey(project) });
    },
  });
}

export function useDeleteCohort(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => call<undefined>(projectPath(project, `/cohorts/${String(id)}`), { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: cohortsKey(project) }),
  });
}
