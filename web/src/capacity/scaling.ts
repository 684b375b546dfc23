// The Universal Scalability Law (Gunther, "Guerrilla Capacity Planning", 2007): X(N) = λN ∕ (1 + σ(N − 1) + κN(N − 1)). Pure.
import type { CalibrationReport } from './types';

/** The concurrency beyond which more of it lowers throughput: √((1 − σ) ∕ κ); null where κ is 0 and it only flattens. */
export function peakConcurrency({ sigma, kappa }: Pick<CalibrationReport, 'sigma' | 'kappa'>): number | null {
  return kappa > 0 && sigma < 1 ? Math.max(1, Math.sqrt((1 - sigma) / kappa)) : null;
}

/** Events a second at a concurrency, on the law through the fitted points; null where there are none. */
export function fittedAt(report: CalibrationReport, concurrency: number): number | null {
  const divisor = (n: number) => 1 + report.sigma * (n - 1) + report.kappa * n * (n - 1);
  const point = report.points.find((one) => one.fitted > 0 && one.concurrency > 0);
  if (point === undefined) return null;
  const lambda = (point.fitted * divisor(point.concurrency)) / point.concurrency;
  return (lambda * concurrency) / divisor(concurrency);
}

/** What σ and κ come to. */
export function scalingText(report: CalibrationReport, locale?: string): string {
  const peak = peakConcurrency(report);
  const most = Math.max(...report.points.map((one) => one.concurrency), 0);
  if (peak === null) return report.sigma === 0 ? 'Throughput grows with every request at once.' : 'More at once goes on helping, each time a little less.';
  const n = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(peak);
  return peak > most * 2
    ? `More at once helps beyond what was tried; by the law, until about ${n}.`
    : `More at once helps until about ${n}. Beyond that, throughput falls.`;
}
