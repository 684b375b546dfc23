// The trend of a load towards its wall: what the picture spans and what it says. Pure.
import { formatDate } from '../lib/format';
import type { ForecastDay, WallForecast } from './types';
import { formatAmount, wallText } from './words';

const day = 86_400_000;

/** A calendar day as milliseconds, in UTC throughout. */
export const dayTime = (date: string): number => Date.parse(`${date}T00:00:00Z`);

export interface TrendFrame {
  from: number;
  to: number;
  /** The top of the scale. */
  most: number;
  /** Whether the ceiling lies within the picture. */
  ceilingShown: boolean;
  wall: { from: number; median: number | null; to: number } | null;
}

/** A ceiling that lies this many times over the highest load would press the load flat, so the picture ends below it. */
const tooFar = 6;

/**
 * What the picture spans: all days, and the wall where it is at most as far away as there are days. A forecast's band opens without bound, so the
 * scale ends a little above the ceiling and the band is cut off there.
 */
export function frameOf(wall: WallForecast): TrendFrame | null {
  const [first, last] = [wall.days[0], wall.days.at(-1)];
  if (first === undefined || last === undefined) return null;
  const from = dayTime(first.day);
  const lastDay = dayTime(last.day);
  const reach = lastDay + Math.max(lastDay - from, 7 * day);
  const marks = [wall.early, wall.median, wall.late].flatMap((one) => (one === null ? [] : [dayTime(one)]));
  const within = marks.filter((one) => one <= reach);
  const to = Math.max(lastDay, ...within.map((one) => one + day), from + day);
  const past = Math.max(...wall.days.filter((one) => !one.isForecast).map((one) => one.load), 0);
  const likely = Math.max(past, ...wall.days.map((one) => one.load));
  const highest = Math.max(likely, ...wall.days.map((one) => one.high));
  const ceilingShown = wall.ceiling > 0 && wall.ceiling <= likely * tooFar;
  const most = ceilingShown ? Math.max(wall.ceiling * 1.18, past * 1.05) : Math.min(highest, likely * 2) * 1.1;
  const early = wall.early ?? wall.median;
  return {
    from, to, most: most > 0 ? most : 1, ceilingShown,
    wall: early === null || dayTime(early) > to
      ? null
      : {
          from: dayTime(early),
          median: wall.median === null || dayTime(wall.median) > to ? null : dayTime(wall.median),
          to: wall.late === null ? to : Math.min(dayTime(wall.late), to),
        },
  };
}

/** The number of the day that is nearest to a time. */
export function nearestDay(days: readonly ForecastDay[], time: number): number {
  let found = 0;
  days.forEach((one, index) => {
    if (Math.abs(dayTime(one.day) - time) < Math.abs(dayTime(days[found]?.day ?? '') - time)) found = index;
  });
  return found;
}

/** The last day that was, from which the forecast goes on. */
export function lastPast(days: readonly ForecastDay[]): number {
  return days.findLastIndex((one) => !one.isForecast);
}

/** The past, and the forecast that begins where the past ends. */
export function parts(days: readonly ForecastDay[]): { past: readonly ForecastDay[]; forecast: readonly ForecastDay[] } {
  const last = lastPast(days);
  return { past: days.slice(0, last + 1), forecast: days.slice(Math.max(last, 0)) };
}

export function dayText(one: ForecastDay, unit: string, locale?: string): string {
  const load = formatAmount(one.load, unit, locale);
  if (!one.isForecast) return `${formatDate(one.day, locale)}: ${load}`;
  return `${formatDate(one.day, locale)}, forecast: ${load}, between ${formatAmount(one.low, unit, locale)} and ${formatAmount(one.high, unit, locale)}`;
}

/** The picture in words. */
export function summarise(wall: WallForecast, unit: string, locale?: string): string {
  const [first, last] = [wall.days[0], wall.days.at(-1)];
  if (first === undefined || last === undefined) return wall.basis;
  const now = wall.days[lastPast(wall.days)];
  const load = now === undefined ? '' : ` Load on ${formatDate(now.day, locale)}: ${formatAmount(now.load, unit, locale)}.`;
  return `By day, from ${formatDate(first.day, locale)} to ${formatDate(last.day, locale)}.${load} Ceiling: ${formatAmount(wall.ceiling, unit, locale)}. ${wallText(wall, locale)}`;
}
