// How a resource was over time, in words and as lines. Pure.
import type { HistoryPoint, HistoryRange } from './types';
import { formatPercent } from './words';

/** Milliseconds between points. */
function step(points: readonly HistoryPoint[]): number {
  const gaps = points.slice(1).map((one, index) => Date.parse(one.at) - Date.parse(points[index]?.at ?? '')).filter((one) => one > 0).sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? 10_000;
}

/** At most so many points: each the mean of its stretch, where there are more than can be told apart. */
export function thin(points: readonly HistoryPoint[], most: number): readonly HistoryPoint[] {
  const size = Math.ceil(points.length / Math.max(1, most));
  if (size <= 1) return points;
  const mean = (stretch: readonly HistoryPoint[], of: (point: HistoryPoint) => number) => stretch.reduce((sum, one) => sum + of(one), 0) / stretch.length;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => points.slice(index * size, (index + 1) * size)).flatMap((stretch) => {
    const middle = stretch[Math.floor(stretch.length / 2)];
    return middle === undefined ? [] : [{
      at: middle.at,
      utilisation: mean(stretch, (one) => one.utilisation),
      saturation: mean(stretch, (one) => one.saturation),
      throughput: mean(stretch, (one) => one.throughput),
      errorsPerSecond: mean(stretch, (one) => one.errorsPerSecond),
    }];
  });
}

/** The points without gaps in between: where nothing was measured no line is drawn. */
export function runs(points: readonly HistoryPoint[], range: HistoryRange): HistoryPoint[][] {
  const most = step(points) * (range === 'hour' ? 3.5 : 2.5);
  const all: HistoryPoint[][] = [];
  for (const point of points) {
    const run = all.at(-1);
    const last = run?.at(-1);
    if (run === undefined || last === undefined || Date.parse(point.at) - Date.parse(last.at) > most) all.push([point]);
    else run.push(point);
  }

  return all;
}

export function timeLabel(time: number, range: HistoryRange, locale?: string, timeZone?: string): string {
  const options: Intl.DateTimeFormatOptions = range === 'hour' || range === 'day'
    ? { hour: '2-digit', minute: '2-digit' }
    : range === 'week' ? { weekday: 'short', day: 'numeric' } : { day: 'numeric', month: 'short', year: 'numeric' };
  return new Intl.DateTimeFormat(locale, { ...options, ...(timeZone === undefined ? {} : { timeZone }) }).format(time);
}

export function historyText(name: string, points: readonly HistoryPoint[], range: HistoryRange, locale?: string): string {
  const values = points.map((one) => one.utilisation);
  const last = values.at(-1);
  if (last === undefined) return 'Nothing was measured in this time.';
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const over = { hour: 'the last hour', day: 'the last day', week: 'the last week', year: 'the last year' }[range];
  return `Utilisation of ${name} over ${over}: ${formatPercent(last, locale)} at the end, ${formatPercent(mean, locale)} on average, ${formatPercent(Math.max(...values), locale)} at most.`;
}
