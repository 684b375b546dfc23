// What GET /api/capacity, its history and POST /api/capacity/plan say, under the names that the page uses; the shapes are the server's.
import type { components } from '../api/schema';

type Schemas = components['schemas'];

export type CapacityReport = Schemas['CapacityReport'];
export type FlowHeadroom = Schemas['FlowHeadroom'];
export type Flow = FlowHeadroom['flow'];
export type Basis = FlowHeadroom['basis'];
export type Estimate = Schemas['Estimate'];
export type ResourceReport = Schemas['ResourceReport'];
export type ResourceKind = ResourceReport['kind'];
export type WallForecast = Schemas['WallForecast'];
export type ForecastDay = Schemas['ForecastDay'];
export type AdvicePiece = Schemas['AdvicePiece'];
export type Evidence = Schemas['Evidence'];
export type ExpectedChange = Schemas['ExpectedChange'];
export type Mistake = Schemas['Mistake'];
export type CalibrationReport = Schemas['CalibrationReport'];
export type CalibrationPoint = Schemas['CalibrationPoint'];

export type ResourceHistory = Schemas['ResourceHistory'];
export type HistoryPoint = Schemas['HistoryPoint'];
export type HistoryRange = 'hour' | 'day' | 'week' | 'year';

export type PlanRequest = Schemas['PlanQuestion'];
export type Provider = PlanRequest['provider'];
export type Plan = Schemas['PlanAnswer'];
export type PlanPart = Schemas['PlanAnswerPart'];
