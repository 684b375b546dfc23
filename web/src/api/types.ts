// The HTTP API's documents under the names that the app uses. Their shapes are the server's: schema.ts is made from
// docs/openapi.json by `npm run types`. Written out here is only what OpenAPI leaves open: what JSON may hold, which
// fields are never left out, and the messages of the event stream.
import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['Account'];
export type Session = Schemas['SessionState'];
export type SetupRequest = Present<Schemas['SetupRequest']>;
export type SignInRequest = Present<Schemas['SignInRequest']>;

export type PasswordChange = Present<Schemas['PasswordChange']>;

export type Project = Schemas['ProjectDetails'];
export type Role = Project['role'];
export type Member = Schemas['MemberDetails'];
export type NewMember = Present<Schemas['NewMember']>;
export type AddedMember = Schemas['AddedMember'];
export type Invitation = Schemas['InvitationDetails'];
export type CreatedInvitation = Schemas['CreatedInvitation'];
export type OpenInvitation = Schemas['OpenInvitation'];
export type InvitationAnswer = Partial<Present<Required<Schemas['InvitationAnswer']>>>;
export type JoinedProject = Schemas['JoinedProject'];
export type WeekStart = Project['weekStartsOn'];
export type CreateProjectRequest = Schemas['NewProject'];
export type CreatedProject = Schemas['CreatedProject'];
export type ProjectChanges = Partial<Present<Required<Schemas['ProjectPatch']>>>;

export type ApiKey = Schemas['KeyDetails'];
export type KeyKind = ApiKey['kind'];
export type CreateKeyRequest = Present<Schemas['NewKey']>;
export type CreatedKey = Schemas['CreatedKey'];

export type Ledger = Schemas['ProjectLedger'];
export type RetentionPreview = Schemas['RetentionPreview'];
export type ImportDetails = Schemas['ImportDetails'];
export type ImportList = Schemas['ImportList'];
export type ImportPreview = Schemas['ImportPreview'];
export type ImportColumn = Schemas['ImportColumn'];
export type RefusedRow = Schemas['RefusedRow'];
export type DeletionReceipt = Schemas['DeletionReceipt'];
export type Annotation = Schemas['AnnotationDetails'];
export type AnnotationChange = Present<Required<Schemas['AnnotationChange']>>;
export type Health = Schemas['ReadyStatus'];
export type Alert = Schemas['Alert'];
export type AlertChannel = Schemas['AlertChannel'];
export type AlertsReport = Schemas['AlertsReport'];
export type AlertTest = Schemas['AlertTest'];

export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = Record<string, JsonValue>;

export type EventSummary = WithJson<Schemas['EventItem']>;
export type EventPage = Omit<Schemas['EventsPage'], 'events'> & { events: EventSummary[] };
export type EventPerson = WithJson<Schemas['EventPerson']>;
export type EventDetails = Omit<WithJson<Schemas['EventDetails']>, 'person'> & { person: EventPerson | null };

export type EventDefinition = Schemas['EventDefinition'];
export type PropertyKind = Schemas['PropertyValueKind'];
export type PropertyDefinition = Schemas['PropertyDefinition'];
export type PropertyValue = Schemas['PropertyValueCount'];
export type EventActivity = Schemas['EventActivity'];
export type EventActivityItem = Schemas['EventActivityItem'];
export type DefinitionDetails = Schemas['DefinitionDetails'];
export type DefinitionKind = NonNullable<Schemas['DefinitionChange']['kind']>;
export type DefinitionChange = { kind: DefinitionKind; names: string[]; description?: string; hidden?: boolean };

export type ProblemKind = Schemas['ProblemKind'];
export type ProblemReport = Schemas['ProblemReport'];
export type ProblemsOfKind = Schemas['ProblemsOfKind'];
export type ProblemsOfReason = Schemas['ProblemsOfReason'];
export type ProblemExample = Schemas['ProblemExample'];
export type RecentProblems = Schemas['RecentProblems'];

export type FilterOperator = Schemas['FilterOperator'];
export type PropertyFilter = Omit<Required<Schemas['PropertyFilter']>, 'values'> & { values: string[] };
export type SeriesMath = Schemas['TrendsMath'];
/** Who is counted in place of persons; left out for persons. */
export type QueryUnit = Required<Schemas['QueryUnit']>;
// What is not wanted is left out.
export type TrendsQuerySeries = Omit<Required<Schemas['TrendsSeries']>, 'filters' | 'perPerson' | 'hidden'> & { perPerson?: true; filters: PropertyFilter[] };
export type Interval = Schemas['Interval'];

type Range = Present<Required<Schemas['QueryRange']>>;
export type QueryRange = Pick<Range, 'from' | 'to'> | Pick<Range, 'last' | 'unit'>;

export type TrendsQuery = Omit<
  Required<Schemas['InsightQueryTrendsQuery']>,
  'series' | 'range' | 'filters' | 'unit' | 'formulas' | 'smoothing' | 'cumulative'
> & {
  series: TrendsQuerySeries[];
  range: QueryRange;
  filters: PropertyFilter[];
  formulas?: Required<Schemas['TrendsFormula']>[];
  unit?: QueryUnit;
  smoothing?: number;
  cumulative?: true;
};

export type TrendsValues = Schemas['TrendsComparison'];
export type TrendsResultSeries = Schemas['TrendsSeriesResult'];
export type TrendsResult = Schemas['InsightResultTrendsResult'];

type Selector<T extends { filters?: unknown }> = Omit<Required<T>, 'filters'> & { filters: PropertyFilter[] };

export type EventSelector = Selector<Schemas['EventSelector']>;

export type FunnelStep = Selector<Schemas['FunnelStep']>;
export type FunnelExclusion = Selector<Schemas['FunnelExclusion']>;
export type FunnelOrder = Schemas['FunnelOrder'];
export type FunnelView = Schemas['FunnelView'];
export type FunnelWindow = Required<Schemas['FunnelWindow']>;
export type FunnelWindowUnit = FunnelWindow['unit'];
export type FunnelAttribution = Schemas['FunnelAttribution'];
export type FunnelQuery = Omit<Required<Schemas['InsightQueryFunnelQuery']>, 'steps' | 'exclusions' | 'window' | 'range' | 'filters' | 'breakdown' | 'unit'> & {
  steps: FunnelStep[];
  exclusions: FunnelExclusion[];
  window: FunnelWindow;
  range: QueryRange;
  filters: PropertyFilter[];
  breakdown: Required<Schemas['FunnelBreakdown']> | null;
  unit?: QueryUnit;
};
export type FunnelResult = Schemas['InsightResultFunnelResult'];
export type FunnelSeries = Schemas['FunnelSeries'];

export type PathItemKind = Schemas['PathItemKind'];
export type PathsQuery = Omit<Required<Schemas['InsightQueryPathsQuery']>, 'range' | 'filters' | 'breakdown' | 'unit'> & {
  range: QueryRange;
  filters: PropertyFilter[];
  breakdown: TrendsQuery['breakdown'];
  unit?: QueryUnit;
};
export type PathsResult = Schemas['InsightResultPathsResult'];
export type PathsSeries = Schemas['PathsSeries'];
export type PathEdge = Schemas['PathEdge'];

export type RetentionMode = Schemas['RetentionMode'];
export type RetentionCohort = Schemas['RetentionCohort'];
export type RetentionQuery = Omit<Required<Schemas['InsightQueryRetentionQuery']>, 'start' | 'return' | 'range' | 'filters' | 'breakdown' | 'unit' | 'intervals'> & {
  /** Left out where brackets say how far to look. */
  intervals?: number;
  unit?: QueryUnit;
  start: EventSelector;
  return: EventSelector;
  range: QueryRange;
  filters: PropertyFilter[];
  breakdown: TrendsQuery['breakdown'];
};
export type RetentionResult = Schemas['InsightResultRetentionResult'];
export type RetentionSeries = Schemas['RetentionSeries'];

type ActivityQuery<T extends { filters?: unknown }> = Omit<Required<T>, 'range' | 'filters' | 'breakdown' | 'unit'> & {
  range: QueryRange;
  filters: PropertyFilter[];
  breakdown: TrendsQuery['breakdown'];
  unit?: QueryUnit;
};

export type StickinessQuery = Omit<ActivityQuery<Schemas['InsightQueryStickinessQuery']>, 'series'> & { series: EventSelector[] };
export type StickinessResult = Schemas['InsightResultStickinessResult'];
export type LifecycleQuery = Omit<ActivityQuery<Schemas['InsightQueryLifecycleQuery']>, 'activity'> & { activity: EventSelector };
export type LifecycleResult = Schemas['InsightResultLifecycleResult'];
export type LifecycleSeries = Schemas['LifecycleSeries'];

export type WebQuery = Omit<Required<Schemas['InsightQueryWebQuery']>, 'range' | 'filters' | 'lists' | 'vitalPages'> & {
  range: QueryRange;
  filters: PropertyFilter[];
  lists: (Schemas['WebListQuery'] & { limit: number })[];
  vitalPages?: number;
};
export type WebResult = Schemas['InsightResultWebResult'];
export type WebFigures = Schemas['WebFigures'];
export type WebList = Schemas['WebList'];
export type WebRow = Schemas['WebRow'];
export type WebVitals = Schemas['WebVitals'];
export type WebVital = Schemas['WebVital'];
/** What a visit or a session has, by its name in queries. */
export type SessionProperty = NonNullable<Schemas['SessionProperty']>;
export type WebVitalName = Schemas['WebVitalName'];

export type SessionsQuery = Omit<Required<Schemas['InsightQuerySessionsQuery']>, 'range' | 'filters' | 'breakdown'> & {
  range: QueryRange;
  filters: PropertyFilter[];
  breakdown: (Schemas['SessionsBreakdown'] & { limit: number }) | null;
};
export type SessionsResult = Schemas['InsightResultSessionsResult'];
export type SessionFigures = Schemas['SessionFigures'];

interface Answers {
  trends: TrendsResult;
  funnel: FunnelResult;
  paths: PathsResult;
  retention: RetentionResult;
  stickiness: StickinessResult;
  lifecycle: LifecycleResult;
  sessions: SessionsResult;
  web: WebResult;
}

export type InsightQuery = TrendsQuery | FunnelQuery | PathsQuery | RetentionQuery | StickinessQuery | LifecycleQuery | SessionsQuery | WebQuery;
/** Those that have an editor under Insights; the web view has Home. */
export type EditedQuery = Exclude<InsightQuery, WebQuery>;
export type InsightAnswer<Query extends InsightQuery> = Answers[Query['kind']];

export type TileDisplay = Schemas['TileDisplay'];
/** How an answer is drawn, where its kind leaves a choice. */
export interface TileLook {
  display: TileDisplay;
  /** Which figure of the answer, of kinds with several; their first where it is left out. */
  figure?: string | null | undefined;
}
export type Tile = Omit<Required<Schemas['DashboardTile']>, 'id' | 'query' | 'figure'> & { id: number; query: InsightQuery } & TileLook;
export type NewTile = Omit<Tile, 'id'> & { id?: number };
export type DashboardSummary = Schemas['DashboardSummary'];
export type Dashboard = Omit<Schemas['DashboardDetails'], 'range' | 'filters' | 'tiles'> & { range: QueryRange | null; filters: StoredFilter[]; tiles: Tile[] };
export type DashboardChange = Partial<Pick<Dashboard, 'name' | 'description' | 'refreshSeconds'>> & { range?: QueryRange | Record<string, never>; filters?: StoredFilter[]; tiles?: NewTile[] };
export type DashboardShare = Schemas['DashboardShare'];
export type CreatedDashboardShare = Schemas['CreatedDashboardShare'];
export type NewDashboardShare = Present<Required<Omit<Schemas['NewDashboardShare'], 'days'>>> & Pick<Schemas['NewDashboardShare'], 'days'>;
export type SharedDashboard = Omit<Schemas['SharedDashboard'], 'range' | 'ranges'> & { range: QueryRange | null; ranges: QueryRange[] };
export type SharedTile = Schemas['SharedTile'];
/** What a tile shows: its question as it was asked, and the answer. */
export interface TileAnswer {
  query: InsightQuery;
  result: Answered;
}

/** A point of an answer: which of the members are given depends on the kind of query. */
export type InsightPoint = Schemas['InsightPoint'];
export type LifecycleStatus = Schemas['LifecycleStatus'];

export type PersonItem = WithJson<Schemas['PersonItem']>;
export type PersonsPage = Omit<Schemas['PersonsPage'], 'persons'> & { persons: PersonItem[] };

export type CohortDetails = Omit<Schemas['CohortDetails'], 'condition'> & { condition: CohortCondition | null };
export type CohortCondition =
  | { kind: 'all' | 'any'; of: CohortCondition[] }
  | { kind: 'person'; filters: StoredFilter[] }
  | { kind: 'did'; event?: string | null; comparison: Schemas['CohortTimes']; times: number; range: QueryRange; filters?: StoredFilter[] };
/** Who is in a new cohort: whoever meets a condition, those of a list, or those behind a point of an insight. */
export type CohortOrigin = { condition: CohortCondition } | { members: { distinctIds: string[] } } | { from: { query: InsightQuery; point: InsightPoint } };

/** A filter as somebody wrote it, whose values may be numbers and booleans. */
export type StoredFilter = Pick<PropertyFilter, 'property' | 'operator'> & { values?: (string | number | boolean)[] };

/** What every answer says of itself. */
export type Answered = Pick<TrendsResult, 'timeZone' | 'computedAt' | 'elapsedMs'>;
export type SqlSchema = Schemas['SqlSchema'];
export type SqlRelation = Schemas['SqlSchemaRelation'];
export type SqlColumn = Schemas['SqlSchemaColumn'];
export type SqlResultColumn = Schemas['SqlResultColumn'];
export type SqlResult = Omit<Schemas['SqlResultDocument'], 'rows'> & { rows: JsonValue[][] };
export type SqlFormat = 'csv' | 'parquet' | 'arrow';

export type ProblemDetails = Schemas['HttpValidationProblemDetails'];

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

/** As the app sends it: every field is filled in. */
type Present<T> = { [Name in keyof T]: NonNullable<T[Name]> };

type WithJson<T extends { properties: unknown }> = Omit<T, 'properties'> & { properties: JsonObject };
