// The what-if sliders: what they reach over, and what is typed into them. Pure.
import type { PlanRequest, Provider } from './types';

export interface Dial {
  key: Exclude<keyof PlanRequest, 'provider'>;
  label: string;
  hint: string;
  least: number;
  most: number;
  /** Of numbers that span powers of ten the ratio matters, not the difference. */
  log: boolean;
  /** Whether only whole numbers make sense. */
  whole: boolean;
  unit: string;
}

export const dials: readonly Dial[] = [
  { key: 'dailyActiveUsers', label: 'People a day', hint: 'Who use your product on a day (daily active users)', least: 100, most: 100_000_000, log: true, whole: true, unit: '' },
  { key: 'eventsPerUser', label: 'Events for each', hint: 'That one person makes on a day', least: 1, most: 1_000, log: true, whole: true, unit: '' },
  { key: 'peak', label: 'Peak factor', hint: 'The busiest minute over the day’s mean', least: 1, most: 20, log: false, whole: false, unit: '×' },
  { key: 'retentionDays', label: 'Days kept', hint: 'How long events are stored (retention)', least: 7, most: 3_650, log: true, whole: true, unit: 'days' },
  { key: 'queriesPerSecond', label: 'Queries a second', hint: 'At the peak, those that a cache answers included', least: 0.1, most: 1_000, log: true, whole: false, unit: '' },
];

export const providers: readonly { value: Provider; label: string }[] = [
  { value: 'aws', label: 'AWS' },
  { value: 'azure', label: 'Azure' },
  { value: 'gcp', label: 'Google Cloud' },
];

export const firstPlan: PlanRequest = { dailyActiveUsers: 100_000, eventsPerUser: 40, peak: 4, retentionDays: 400, queriesPerSecond: 2, provider: 'aws' };

/** The slider's own steps, from 0 to this. */
export const sliderSteps = 1_000;

/** Two significant places, so that sliding gives numbers that people would say; whole where that is asked. */
export function round(value: number, whole: boolean): number {
  if (value <= 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  const rounded = Number((Math.round(value / unit) * unit).toPrecision(2));
  return whole ? Math.max(1, Math.round(rounded)) : rounded;
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Where a value stands on its slider. */
export function toSlider({ least, most, log }: Dial, value: number): number {
  const within = clamp(value, least, most);
  const share = log ? Math.log(within / least) / Math.log(most / least) : (within - least) / (most - least);
  return Math.round(share * sliderSteps);
}

/** The value at a place of its slider; the ends are exact. */
export function fromSlider({ least, most, log, whole }: Dial, step: number): number {
  if (step <= 0) return least;
  if (step >= sliderSteps) return most;
  const share = step / sliderSteps;
  return clamp(log ? round(least * (most / least) ** share, whole) : round(least + (most - least) * share, whole), least, most);
}

/** The next value in a direction that differs, for the arrow keys: a step of the slider may round to the same. */
export function nudge(dial: Dial, value: number, steps: number): number {
  const way = Math.sign(steps);
  const from = toSlider(dial, value);
  for (let at = from + steps; at >= 0 && at <= sliderSteps; at += way) {
    const next = fromSlider(dial, at);
    if ((next - value) * way > 0) return next;
  }

  return way > 0 ? dial.most : dial.least;
}

/** What was typed: 1,000,000, 1 000 000, 1m, 40k or 2.5; null where it is no number within the bounds. */
export function parseTyped(dial: Dial, text: string): number | null {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmb]?)$/i.exec(text.trim().replaceAll(/[,\s_’']/g, ''));
  if (!match) return null;
  const value = Number(match[1]) * ({ k: 1e3, m: 1e6, b: 1e9 }[(match[2] ?? '').toLowerCase()] ?? 1);
  if (!Number.isFinite(value) || value < dial.least || value > dial.most) return null;
  return dial.whole && !Number.isInteger(value) ? null : value;
}

/** Events a day and in the busiest second, which the sliders come to. */
export function rateOf({ dailyActiveUsers, eventsPerUser, peak }: PlanRequest): { perDay: number; peakPerSecond: number } {
  const perDay = dailyActiveUsers * eventsPerUser;
  return { perDay, peakPerSecond: (perDay / 86_400) * peak };
}
