// What GET /api/capacity, its history and POST /api/capacity/plan say, as the server's records are (CapacityModels.cs).

export type Flow = 'ingest' | 'queries' | 'storage';
export type ResourceKind = 'processor' | 'thread' | 'disk' | 'queue' | 'connections' | 'memory' | 'space' | 'cache';
export type Basis = 'calibrated' | 'observed' | 'not_enough_load';

/** A value with the range in which it lies. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface ResourceReport {
  name: string;
  flow: Flow;
  kind: ResourceKind;
  /** From 0 to 1. */
  utilisation: number;
  saturation: number;
  saturationUnit: string;
  errorsPerSecond: number;
  throughput: number;
  /** Seconds. */
  serviceDemand: number | null;
  ceiling: Estimate | null;
  headroom: number | null;
}

export interface FlowHeadroom {
  flow: Flow;
  /** events/s, queries/s or bytes. */
  unit: string;
  load: number;
  ceiling: Estimate | null;
  headroom: Estimate | null;
  binding: string | null;
  basis: Basis;
  /** Of storage only. */
  daysLeft: Estimate | null;
}

/** A calendar day (2026-11-26). */
export interface ForecastDay {
  day: string;
  load: number;
  low: number;
  high: number;
  isForecast: boolean;
}

export interface WallForecast {
  flow: Flow;
  resource: string;
  ceiling: number;
  median: string | null;
  early: string | null;
  late: string | null;
  growthPerWeek: number;
  days: readonly ForecastDay[];
  basis: string;
}

export interface Evidence {
  measure: string;
  value: number;
  unit: string;
}

export interface ExpectedChange {
  measure: string;
  before: number;
  after: number;
  unit: string;
}

export interface AdvicePiece {
  id: string;
  step: number;
  title: string;
  because: string;
  evidence: readonly Evidence[];
  expected: readonly ExpectedChange[];
  /** US dollars. */
  monthlyCost: number | null;
  costBasis: string | null;
  how: readonly string[];
}

export interface Mistake {
  id: string;
  title: string;
  because: string;
}

export interface CalibrationPoint {
  concurrency: number;
  eventsPerSecond: number;
  fitted: number;
}

export interface CalibrationReport {
  at: string;
  eventsPerSecond: number;
  queriesPerSecond: number;
  /** That the process had then. */
  processors: number;
  /** Share of all processors' time that one event took, in seconds. */
  secondsPerEvent: number;
  secondsPerQuery: number;
  sigma: number;
  kappa: number;
  points: readonly CalibrationPoint[];
}

export interface CapacityReport {
  at: string;
  summary: string;
  /** 0 well, 1 look at it soon, 2 act now. */
  severity: number;
  flows: readonly FlowHeadroom[];
  resources: readonly ResourceReport[];
  walls: readonly WallForecast[];
  advice: readonly AdvicePiece[];
  mistakes: readonly Mistake[];
  /** What is not well now, one sentence for each part. */
  problems: readonly string[];
  calibration: CalibrationReport | null;
}

export type HistoryRange = 'hour' | 'day' | 'week' | 'year';

export interface HistoryPoint {
  at: string;
  utilisation: number;
  saturation: number;
  throughput: number;
  errorsPerSecond: number;
}

export interface ResourceHistory {
  resource: string;
  points: readonly HistoryPoint[];
}

export type Provider = 'aws' | 'azure' | 'gcp';

export interface PlanRequest {
  dailyActiveUsers: number;
  eventsPerUser: number;
  /** The busiest minute over the day's mean. */
  peak: number;
  retentionDays: number;
  queriesPerSecond: number;
  provider: Provider;
}

export interface PlanPart {
  name: string;
  count: number;
  /** Of each machine, shared with the other parts there. */
  virtualProcessors: number;
  memoryGigabytes: number;
  utilisation: number;
  /** Null where nothing waits there. */
  p99Milliseconds: number | null;
}

export interface Plan {
  /** A sentence. */
  topology: string;
  /** Whether this version has all that it needs. */
  fits: boolean;
  parts: readonly PlanPart[];
  diskGigabytes: number;
  monthlyCost: number | null;
  costBasis: string | null;
  walls: readonly string[];
  notes: readonly string[];
}
