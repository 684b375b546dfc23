// What the Data view asks for and changes. Only views that are loaded later use it.
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from './client';
import { projectPath } from './queries';
import type { DefinitionChange, DefinitionDetails, EventActivity, EventPage, ProblemReport, PropertyDefinition, RecentProblems } from './types';

export const activityDays = 30;
export const usageDays = 7;
const most = 1_000;

const definitionsKey = (project: string) => ['project', project, 'definitions'];

export const eventActivityQuery = (project: string, search: string) =>
  queryOptions({
    queryKey: [...definitionsKey(project), 'events', search],
    queryFn: ({ signal }) => call<EventActivity>(projectPath(project, '/definitions/events/activity'), { signal, query: { search, days: activityDays } }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

/** Every property, of one event where one is named; with days also how many events of them have it, which takes longer. */
export const propertiesQuery = (project: string, event: string | null, search: string, days: number | null) =>
  queryOptions({
    queryKey: [...definitionsKey(project), 'properties', event, search, days],
    queryFn: ({ signal }) => call<PropertyDefinition[]>(projectPath(project, '/definitions/properties'), { signal, query: { event, search, days, hidden: 'include', limit: most } }),
    placeholderData: keepPreviousData,
    // Counting reads every column.
    staleTime: days === null ? 10_000 : 60_000,
  });

/** Some of the latest events, for examples of what properties hold. */
export const latestQuery = (project: string, event: string | null) =>
  queryOptions({
    queryKey: ['project', project, 'latest-of', event],
    queryFn: ({ signal }) => call<EventPage>(projectPath(project, '/events'), { signal, query: { event, limit: 50 } }),
    staleTime: 60_000,
  });

/** Describes or hides names, and tells every list that has them. */
export function useChangeDefinitions(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: DefinitionChange) => call<DefinitionDetails[]>(projectPath(project, '/definitions'), { method: 'PATCH', body: change }),
    onSuccess: () =>
      Promise.all(['definitions', 'event-names', 'property-names'].map((list) => client.invalidateQueries({ queryKey: ['project', project, list] }))),
  });
}

export const problemsQuery = (project: string, days: number) =>
  queryOptions({
    queryKey: ['project', project, 'problems', days],
    queryFn: ({ signal }) => call<ProblemReport>(projectPath(project, '/problems'), { signal, query: { days } }),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });

export const recentProblemsQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'problems', 'recent'],
    queryFn: ({ signal }) => call<RecentProblems>(projectPath(project, '/problems/recent'), { signal }),
    refetchInterval: 60_000,
    retry: false,
  });
