import type { CapacityReport, HistoryRange, Plan, PlanRequest, ResourceHistory } from '../src/capacity/types';

export const growing: CapacityReport;
export const full: CapacityReport;
export const quiet: CapacityReport;
export const apart: CapacityReport;
export function historyOf(report: CapacityReport, name: string, range: HistoryRange): ResourceHistory;
export function planOf(request: PlanRequest): Plan;
