// A question that is kept on a dashboard, as the address of an insight or of Home and back. Pure. Which figure of
// several is drawn is no part of the question: it is kept beside it.
import type { EditedQuery, FunnelQuery, InsightQuery, LifecycleQuery, PathsQuery, PropertyFilter, QueryRange, QueryUnit, RetentionQuery, SessionsQuery, StickinessQuery, StoredFilter, TileDisplay, TileLook, TrendsQuery, WebQuery } from '../api/types';
import { byKey, byOf, cards, listOf } from '../home/lists';
import { webMetrics } from '../home/metrics';
import { defaultHome, formatHome, type HomeState } from '../home/state';
import { addDays, today } from '../lib/dates';
import { eventLabel } from '../lib/format';
import { insightAddress, projectAddress, type InsightKind } from '../lib/routes';
import { pinned, presets, rangeLabel, type Range } from '../state/range';
import { formatFunnel, parseFunnel, toFunnelQuery, type FunnelState } from './funnel/state';
import { formatLifecycle, parseLifecycle, toLifecycleQuery } from './lifecycle/state';
import { formatPaths, parsePaths, toPathsQuery } from './paths/state';
import { formatRetention, parseRetention, toRetentionQuery } from './retention/state';
import type { Activity, ActivityInterval } from './shared/activity';
import { noBreakdown } from './shared/breakdown';
import type { Unit } from './shared/unit';
import { defaultSessions, eventProperty, formatSessions, metrics, parseSessions, toSessionsQuery, type SessionsState } from './sessions/state';
import { formatStickiness, parseStickiness, toStickinessQuery } from './stickiness/state';
import { formatTrends, maths, parseTrends, toQuery, type TrendsState } from './trends/state';

/** The question that an insight's address asks; null where it is still being built. */
export function queryOf(kind: InsightKind, search: string, timeZone: string, now: Date): EditedQuery | null {
  switch (kind) {
    case 'trends':
      return toQuery(parseTrends(search), timeZone, now);
    case 'funnel':
      return toFunnelQuery(parseFunnel(search), timeZone, now);
    case 'retention':
      return toRetentionQuery(parseRetention(search), timeZone, now);
    case 'paths':
      return toPathsQuery(parsePaths(search), timeZone, now);
    case 'stickiness':
      return toStickinessQuery(parseStickiness(search), timeZone, now);
    case 'lifecycle':
      return toLifecycleQuery(parseLifecycle(search), timeZone, now);
    case 'sessions':
      return toSessionsQuery(parseSessions(search), timeZone, now);
  }
}

/** How an insight's address draws it. */
export function lookOf(kind: InsightKind, search: string): TileLook {
  if (kind === 'trends') return { display: parseTrends(search).chart };
  if (kind !== 'sessions') return { display: 'line' };
  const { chart, metric } = parseSessions(search);
  return { display: chart, figure: metric };
}

/** Where a question is asked again: the editor of its kind, or Home. */
export function addressOf(project: { id: string; timeZone: string }, query: InsightQuery, look: TileLook, now: Date, tile?: string): string {
  const search = query.kind === 'web' ? formatHome(homeOf(query, look, rangeOf(query.range, project.timeZone, now))) : searchOf(query, look, project.timeZone, now);
  const whole = [search, ...(tile === undefined ? [] : [`tile=${tile}`])].filter((part) => part !== '').join('&');
  return query.kind === 'web' ? projectAddress(project.id, 'home', whole) : insightAddress(project.id, query.kind, whole);
}

/** The part of an insight's address that asks a question again. */
export function searchOf(query: EditedQuery, look: TileLook, timeZone: string, now: Date): string {
  const range = rangeOf(query.range, timeZone, now);
  switch (query.kind) {
    case 'trends':
      return formatTrends(trendsOf(query, look.display, range));
    case 'funnel':
      return formatFunnel(funnelOf(query, range));
    case 'retention':
      return formatRetention(retentionOf(query, range));
    case 'paths':
      return formatPaths(pathsOf(query, range));
    case 'stickiness':
      return formatStickiness(stickinessOf(query, range));
    case 'lifecycle':
      return formatLifecycle(lifecycleOf(query, range));
    case 'sessions':
      return formatSessions(sessionsOf(query, look, range));
  }
}

/** A range of the picker that is the same stretch of time, now. */
export function rangeOf(range: QueryRange, timeZone: string, now: Date): Range {
  if (!('last' in range)) return { from: range.from.slice(0, 10), to: range.to.slice(0, 10) };

  const preset = presets.find((one) => one.last === range.last && one.unit === range.unit);
  if (preset) return { preset: preset.preset };
  const days = pinned(range, timeZone, now);
  if ('from' in days) return { from: days.from.slice(0, 10), to: days.to.slice(0, 10) };
  const to = today(timeZone, now);
  return { from: addDays(to, 1 - range.last * (range.unit === 'week' ? 7 : 30)), to };
}

/** The range of a tile in words. */
export function rangeText(range: QueryRange, timeZone: string, now: Date, date: (date: string) => string): string {
  return rangeLabel(rangeOf(range, timeZone, now), date);
}

/** What a new tile is called until somebody calls it otherwise. */
export function titleOf(query: InsightQuery): string {
  const names = (events: readonly (string | null | undefined)[]) => events.map((one) => eventLabel(one ?? null)).slice(0, 3).join(', ');
  switch (query.kind) {
    case 'trends': {
      const [only] = query.series;
      return query.series.length === 1 && only?.name ? only.name : names(query.series.map((one) => one.event));
    }

    case 'funnel':
      return `${eventLabel(query.steps[0]?.event ?? null)} to ${eventLabel(query.steps.at(-1)?.event ?? null)}`;
    case 'retention':
      return `Who comes back after ${eventLabel(query.start.event)}`;
    case 'paths':
      return 'Ways through the product';
    case 'stickiness':
      return `How often: ${names(query.series.map((one) => one.event))}`;
    case 'lifecycle':
      return 'New, returning and gone';
    case 'sessions':
      return 'Sessions';
    case 'web':
      return webTitle(query);
  }
}

function webTitle({ parts, lists }: WebQuery): string {
  if (parts.includes('totals') || parts.includes('series')) return 'Visits';
  if (!lists[0]) return 'Web vitals';
  const by = byOf(lists[0]);
  return listOf(by)?.listed ?? `Visits by ${byKey(by).replaceAll('_', ' ')}`;
}

/** As the server keeps it, a filter may have no values, numbers and booleans. */
export function filterOf({ property, operator, values }: StoredFilter): PropertyFilter {
  return { property, operator, values: (values ?? []).map(String) };
}

function activityOf({ event, filters }: { event?: string | null; filters?: readonly StoredFilter[] }): Activity {
  return { event: event ?? null, filters: (filters ?? []).map(filterOf) };
}

function breakdownOf(breakdown: { property: string; limit?: number } | null | undefined) {
  return breakdown ? { property: breakdown.property, limit: breakdown.limit ?? noBreakdown.limit } : noBreakdown;
}

function unitOf(unit: QueryUnit | null | undefined): Unit {
  return unit?.group ?? null;
}

function trendsOf(query: TrendsQuery, display: TileDisplay, range: Range): TrendsState {
  return {
    series: query.series.map((one) => ({
      event: one.event ?? null,
      math: maths.find((known) => known.math === one.math && known.perPerson === (one.perPerson ?? false))?.key ?? 'total',
      property: one.property ?? null,
      name: one.name ?? '',
      filters: (one.filters ?? []).map(filterOf),
    })),
    formulas: (query.formulas ?? []).map((one) => ({ expression: one.expression, name: one.name ?? '' })),
    points: query.cumulative ? 'cumulative' : (query.smoothing ?? 'counted'),
    range,
    interval: query.interval,
    filters: (query.filters ?? []).map(filterOf),
    breakdown: breakdownOf(query.breakdown),
    compare: query.compare ?? false,
    chart: display === 'bar' ? 'bar' : 'line',
    unit: unitOf(query.unit),
    hidden: [],
  };
}

function funnelOf(query: FunnelQuery, range: Range): FunnelState {
  return {
    steps: query.steps.map((one) => ({ event: one.event ?? null, name: one.name ?? '', optional: one.optional ?? false, filters: (one.filters ?? []).map(filterOf) })),
    exclusions: (query.exclusions ?? []).map((one) => ({ event: one.event ?? null, from: one.fromStep - 1, to: one.toStep - 1, filters: (one.filters ?? []).map(filterOf) })),
    order: query.order,
    window: query.window,
    range,
    filters: (query.filters ?? []).map(filterOf),
    breakdown: breakdownOf(query.breakdown),
    attribution: query.breakdown?.attribution ?? 'first_touch',
    attributionStep: (query.breakdown?.step ?? 1) - 1,
    view: query.view,
    interval: query.interval,
    unit: unitOf(query.unit),
    hidden: [],
  };
}

function retentionOf(query: RetentionQuery, range: Range) {
  return {
    start: activityOf(query.start),
    back: activityOf(query.return),
    cohort: query.cohortBy,
    mode: query.mode,
    interval: query.interval as ActivityInterval,
    intervals: query.intervals ?? 7,
    brackets: query.brackets,
    unit: unitOf(query.unit),
    returns: query.minimumReturns,
    range,
    filters: (query.filters ?? []).map(filterOf),
    breakdown: breakdownOf(query.breakdown),
    shown: null,
  };
}

function pathsOf(query: PathsQuery, range: Range) {
  return {
    include: query.include,
    start: query.startPoint ?? null,
    end: query.endPoint ?? null,
    leave: query.exclude ?? [],
    groups: query.groupings ?? [],
    steps: query.steps,
    edges: query.edges,
    range,
    filters: (query.filters ?? []).map(filterOf),
    unit: unitOf(query.unit),
    breakdown: breakdownOf(query.breakdown),
    shown: null,
  };
}

function stickinessOf(query: StickinessQuery, range: Range) {
  return {
    series: query.series.map(activityOf),
    interval: query.interval as ActivityInterval,
    cumulative: query.cumulative,
    range,
    filters: (query.filters ?? []).map(filterOf),
    unit: unitOf(query.unit),
    breakdown: breakdownOf(query.breakdown),
    hidden: [],
  };
}

function lifecycleOf(query: LifecycleQuery, range: Range) {
  return {
    activity: activityOf(query.activity),
    interval: query.interval as ActivityInterval,
    range,
    filters: (query.filters ?? []).map(filterOf),
    unit: unitOf(query.unit),
    hidden: [],
    breakdown: breakdownOf(query.breakdown),
    shown: null,
  };
}

function homeOf(query: WebQuery, look: TileLook, range: Range): HomeState {
  const tabs = { ...defaultHome.tabs };
  for (const { by } of query.lists) {
    const card = cards.find((one) => one.tabs.some((tab) => tab.by === by));
    const tab = card?.tabs.find((one) => (look.display === 'map' && by === 'country' ? one.key === 'map' : one.key === by));
    if (card && tab) tabs[card.key] = tab.key;
  }

  return {
    ...defaultHome,
    view: 'web',
    range,
    interval: query.interval,
    compare: query.compare,
    filters: query.filters.map(filterOf),
    web: webMetrics.find((one) => one.key === look.figure)?.key ?? defaultHome.web,
    tabs,
    listed: query.lists.find((one) => one.eventProperty)?.eventProperty ?? null,
  };
}

function sessionsOf(query: SessionsQuery, look: TileLook, range: Range): SessionsState {
  return {
    ...defaultSessions,
    metric: metrics.find((one) => one.key === look.figure)?.key ?? defaultSessions.metric,
    by: query.breakdown?.eventProperty ? eventProperty : (query.breakdown?.property ?? null),
    property: query.breakdown?.eventProperty ?? null,
    limit: query.breakdown?.limit ?? defaultSessions.limit,
    bounce: query.bounceSeconds,
    range,
    interval: query.interval,
    filters: query.filters.map(filterOf),
    compare: query.compare,
    chart: look.display === 'bar' ? 'bar' : 'line',
  };
}
