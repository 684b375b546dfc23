// The HTTP API's documents, as docs/api.md defines them. All of them, and nothing else, live in this file.

export interface User {
  id: string;
  email: string;
  name: string;
}

export interface Session {
  user: User | null;
  setupNeeded: boolean;
  csrfToken: string;
}

export interface SetupRequest {
  email: string;
  name: string;
  password: string;
}

export interface SignInRequest {
  email: string;
  password: string;
}

export type WeekStart = 'monday' | 'sunday';

export interface Project {
  id: string;
  name: string;
  timeZone: string;
  weekStartsOn: WeekStart;
  keepIp: boolean;
  domains: string[];
  createdAt: string;
}

export interface CreateProjectRequest {
  name: string;
  timeZone?: string;
  domains?: string[];
}

export interface CreatedProject {
  project: Project;
  writeKey: string;
  readKey: string;
}

export type ProjectChanges = Partial<Pick<Project, 'name' | 'timeZone' | 'weekStartsOn' | 'keepIp' | 'domains'>>;

export type KeyKind = 'write' | 'read';

export interface ApiKey {
  id: string;
  kind: KeyKind;
  name: string;
  /** The whole key: always there for write keys, never for read keys. */
  key: string | null;
  prefix: string;
  createdAt: string;
}

export interface CreateKeyRequest {
  kind: KeyKind;
  name: string;
}

export type CreatedKey = ApiKey & { key: string };

export interface Ledger {
  received: number;
  stored: number;
  duplicates: number;
  rejected: number;
  waiting: number;
}

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

export type JsonObject = Record<string, JsonValue>;

export interface EventSummary {
  uuid: string;
  event: string;
  distinctId: string;
  timestamp: string;
  properties?: JsonObject;
}

export interface EventPage {
  events: EventSummary[];
  next: string | null;
}

export interface EventDetails {
  uuid: string;
  event: string;
  distinctId: string;
  personKey: string | number | null;
  sessionId: string | null;
  timestamp: string;
  receivedAt: string;
  properties: JsonObject;
  person: JsonObject | null;
}

export interface EventDefinition {
  name: string;
  count: number;
  lastSeen: string | null;
}

export type PropertyKind = 'text' | 'number' | 'boolean' | 'json';

export interface PropertyDefinition {
  name: string;
  kinds: PropertyKind[];
}

export interface PropertyValue {
  value: string | number | boolean | null;
  count: number;
}

export interface LiveEvent {
  uuid: string;
  event: string;
  distinctId: string;
  timestamp: string;
  url: string | null;
  browser: string | null;
  os: string | null;
  country: string | null;
}

export interface LiveOnline {
  online: number;
  eventsPerMinute: number;
  /** Events in each of the last 30 minutes, oldest first. */
  minutes: number[];
}

export type FilterOperator =
  | 'is'
  | 'is_not'
  | 'contains'
  | 'not_contains'
  | 'matches'
  | 'greater_than'
  | 'greater_or_equal'
  | 'less_than'
  | 'less_or_equal'
  | 'is_set'
  | 'is_not_set';

export interface PropertyFilter {
  property: string;
  operator: FilterOperator;
  values: string[];
}

export type SeriesMath =
  | 'total'
  | 'unique_persons'
  | 'sum'
  | 'average'
  | 'min'
  | 'max'
  | 'median'
  | 'p90'
  | 'p95'
  | 'p99';

export interface TrendsQuerySeries {
  event: string | null;
  math: SeriesMath;
  property: string | null;
  name: string | null;
  filters: PropertyFilter[];
}

export type Interval = 'minute' | 'hour' | 'day' | 'week' | 'month';

export type QueryRange = { from: string; to: string } | { last: number; unit: Interval };

export interface TrendsQuery {
  kind: 'trends';
  series: TrendsQuerySeries[];
  range: QueryRange;
  interval: Interval;
  filters: PropertyFilter[];
  breakdown: { property: string; limit: number } | null;
  compare: boolean;
}

export interface TrendsValues {
  values: (number | null)[];
  total: number | null;
}

export interface TrendsResultSeries extends TrendsValues {
  /** The index of the query's series. */
  series: number;
  name: string;
  /** Absent without a breakdown; null where the event has no value; "$other" past the limit. */
  breakdown?: string | null;
  compare?: TrendsValues | null;
}

export interface TrendsResult {
  kind: 'trends';
  timeZone: string;
  interval: Interval;
  buckets: string[];
  series: TrendsResultSeries[];
  compareBuckets?: string[] | null;
  dataVersion: number;
  computedAt: string;
  elapsedMs: number;
}

export interface ProblemDetails {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  errors?: Record<string, string[]>;
}
