// What the Capacity page says. Pure.
import { formatDate, formatNumber, noValue, plural } from '../lib/format';
import { formatBytes } from '../settings/retention';
import type { Basis, CapacityReport, Estimate, Flow, FlowHeadroom, ResourceReport, WallForecast } from './types';

export const flows: readonly { value: Flow; label: string; means: string }[] = [
  { value: 'ingest', label: 'Ingest', means: 'Events a second that are taken in' },
  { value: 'queries', label: 'Queries', means: 'Queries a second that the store runs' },
  { value: 'storage', label: 'Storage', means: 'Room on the disk' },
];

export const flowLabel = (flow: Flow): string => flows.find((one) => one.value === flow)?.label ?? flow;

/** What each resource is called, in the words that the server's sentences have for it, and what it does. */
const resources: Readonly<Record<string, { name: string; inText: string; means: string }>> = {
  capture_cpu: { name: 'Processor time of capture', inText: 'the processor time of capture', means: 'Reads, checks and normalises what the SDKs send.' },
  capture_queue: { name: 'Requests under way', inText: 'the number of requests under way', means: 'What capture takes in at once; those beyond it are told to come again.' },
  fsync: { name: 'Disk of the log', inText: 'the log’s disk', means: 'The log is made durable before an SDK is told that its events are safe. One flush takes many requests along.' },
  writer: { name: 'Thread of the Writer', inText: 'the Writer’s thread', means: 'Reads the log, drops duplicates, finds persons and sessions, and stores each batch, on one thread.' },
  writer_cpu: { name: 'Processor time of the Writer', inText: 'the processor time of the Writer', means: 'Of the machine on which the Writer is and capture is not.' },
  consumer_lag: { name: 'Consumer lag', inText: 'consumer lag', means: 'Events that are safe in the log and not in the store yet.' },
  store_writes: { name: 'Disk of the store', inText: 'the store’s disk', means: 'Segments that are written and merged in the background.' },
  query_cpu: { name: 'Processor time of queries', inText: 'the processor time of queries', means: 'The processor’s time that queries take.' },
  query_queue: { name: 'Queries at once', inText: 'the number of queries at once', means: 'Those beyond what may run at once wait for their turn.' },
  clickhouse: { name: 'ClickHouse', inText: 'the number of statements at once in ClickHouse', means: 'Statements of this process that run there, of those that may at once. How busy ClickHouse is itself is not seen from here.' },
  cache: { name: 'Result cache', inText: 'the result cache', means: 'What it answers spares the store. A full cache is no bottleneck.' },
  memory: { name: 'Memory', inText: 'memory', means: 'Of what the whole process may use.' },
  disk_space: { name: 'Room on the disk', inText: 'the room on the disk', means: 'Segments and the log. Below its reserve, senders are told to come again.' },
  connections: { name: 'Connections', inText: 'the number of connections', means: 'Open connections of SDKs and of people at the app.' },
};

export function resourceName(name: string): string {
  const known = resources[name]?.name;
  if (known !== undefined) return known;
  const text = name.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Within a sentence. */
export const resourceInText = (name: string): string => resources[name]?.inText ?? name.replaceAll('_', ' ');

export const resourceMeans = (name: string): string => resources[name]?.means ?? 'A part of the server that is measured.';

/** Each word of the page, for whoever does not live among them. */
export const terms = {
  headroom: ['Headroom', 'How many times the present load fits before something breaks: the ceiling over the load. 3× means that three times as much still works, 1× that nothing is left.'],
  load: ['Load', 'What arrives now: events or queries a second, or bytes that are stored.'],
  ceiling: ['Ceiling', 'The most that this installation takes: the lowest of all its parts’ ceilings, for a chain holds what its weakest link holds.'],
  range: ['Range', 'A measurement is never exact. The true value most likely lies between the two smaller numbers.'],
  binding: ['What breaks first', 'The part with the lowest ceiling. More of any other part would change nothing.'],
  utilisation: ['Utilisation', 'The share of the time in which a part was busy, or of its room that is in use. Waiting grows steeply above 80%.'],
  saturation: ['Saturation', 'What waits or is under way because a part is busy. Where it keeps growing there is delay.'],
  errors: ['Errors', 'What failed or was refused, a second.'],
  throughput: ['Throughput', 'What passed the part, a second.'],
  serviceDemand: ['Service demand', 'How long one event or query keeps the part busy. The ceiling is one second divided by it.'],
  consumerLag: ['Consumer lag', 'How far the Writer is behind the log.'],
  forecast: ['Forecast', 'The load’s own trend and weekly pattern, carried on. The band holds most of the courses that it may take.'],
  wall: ['Wall', 'The day on which the load meets the ceiling: half of the forecasts meet it before the day that is named. The stretch around it runs from one in twenty to nineteen in twenty.'],
  peak: ['Peak factor', 'How much busier the busiest minute is than the mean of the day.'],
  p99: ['P99', 'Of a hundred requests, ninety-nine are faster than this.'],
  sigma: ['Contention (σ)', 'The share of the work that can only be done one at a time. It flattens the curve.'],
  kappa: ['Coordination (κ)', 'What parts lose by agreeing with each other. It bends the curve down again.'],
} as const satisfies Record<string, readonly [term: string, means: string]>;

export type Term = keyof typeof terms;

/** Where a word is said of one part, not of the whole. */
export const partTerms: Partial<Record<Term, string>> = {
  ceiling: 'The load at which nothing of this part is left.',
  headroom: 'Its ceiling over the present load.',
};

/** 3.2×; what is far away is not told as if it were known to the digit. */
export function formatTimes(value: number, locale?: string): string {
  if (value > 99.5) return `>${formatNumber(99, locale)}×`;
  if (value >= 9.95) return `${formatNumber(Math.round(value), locale)}×`;
  return `${new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(Math.floor(value * 10 + 1e-9) / 10)}×`;
}

/** 2.8–3.7×; nothing where both ends read the same. */
export function formatTimesRange({ low, high }: Estimate, locale?: string): string | null {
  const [from, to] = [formatTimes(low, locale), formatTimes(high, locale)];
  return from === to ? null : `${from.replace('×', '')}–${to}`;
}

/** Two or three significant places: rates are measured, not counted. */
export function formatRate(value: number, locale?: string): string {
  if (!Number.isFinite(value)) return noValue;
  const places = Math.abs(value) >= 1000 ? 3 : 2;
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: Math.abs(value) < 100 ? places : 3, minimumSignificantDigits: 1 }).format(value);
}

/** With its unit: 1,240 events/s, 840 GB. */
export function formatAmount(value: number, unit: string, locale?: string): string {
  if (unit === 'bytes') return formatBytes(value, locale);
  if (unit === 'share' || unit === '%') return formatPercent(unit === '%' ? value / 100 : value, locale);
  if (unit === 's') return formatDemand(value, locale);
  if (unit === '×' || unit === 'x') return formatTimes(value, locale);
  return `${formatRate(value, locale)}${unit === '' ? '' : ` ${unit}`}`;
}

const unitOf = (text: string): string => text.slice(text.lastIndexOf(' '));

/** "8,080–11,200 events/s": the unit once where both have it. */
export function formatPair(first: number, second: number, unit: string, between: string, locale?: string): string {
  const [from, to] = [formatAmount(first, unit, locale), formatAmount(second, unit, locale)];
  return `${unitOf(from) === unitOf(to) && from.includes(' ') ? from.slice(0, from.lastIndexOf(' ')) : from}${between}${to}`;
}

/** 31%, whole: a tenth of a per cent says nothing about a part of a server. What is not nothing never looks as if it were. */
export function formatPercent(value: number, locale?: string): string {
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  return value > 0 && value < 0.005 ? `<${percent.format(0.01)}` : percent.format(value);
}

/** 240 µs, 1.2 ms, 3 s. */
export function formatDemand(seconds: number | null, locale?: string): string {
  if (seconds === null || !Number.isFinite(seconds)) return noValue;
  if (seconds < 0.001) return `${formatRate(seconds * 1e6, locale)} µs`;
  return seconds < 1 ? `${formatRate(seconds * 1000, locale)} ms` : `${formatRate(seconds, locale)} s`;
}

/** 212 days, 3 months, 2 years: rounded as far as it is known. */
export function formatDays(days: number, locale?: string): string {
  if (days < 1) return 'less than a day';
  if (days < 100) return plural(Math.round(days), 'day', 'days', locale);
  if (days < 730) return plural(Math.round(days / 30.44), 'month', 'months', locale);
  return days > 3_650 ? 'more than 10 years' : plural(Math.round(days / 365.25), 'year', 'years', locale);
}

export function formatMoney(dollars: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', maximumFractionDigits: Math.abs(dollars) < 100 ? 2 : 0, ...(Number.isInteger(dollars) ? { minimumFractionDigits: 0 } : {}) }).format(dollars);
}

/** What advice adds to the bill. */
export function costText(dollars: number | null, locale?: string): string {
  if (dollars === null) return 'Cost not known';
  if (dollars === 0) return 'Costs nothing';
  return dollars > 0 ? `${formatMoney(dollars, locale)} more a month` : `${formatMoney(-dollars, locale)} less a month`;
}

const basisTexts: Readonly<Record<Basis, string>> = {
  calibrated: 'Measured on this machine by headroom calibrate.',
  observed: 'From observed service demand; headroom calibrate measures it.',
  not_enough_load: 'headroom calibrate measures it with synthetic load, in less than two minutes.',
};

/** What a gauge rests on. */
export function basisText({ flow, basis }: Pick<FlowHeadroom, 'flow' | 'basis'>): string {
  return flow === 'storage' && basis !== 'not_enough_load' ? 'From what is stored and the room on the disk.' : basisTexts[basis];
}

/** What is said where there is no advice: that is good news only where something is known and nothing is wrong. */
export function nothingText({ severity, flows: known }: Pick<CapacityReport, 'severity' | 'flows'>): { title: string; text: string; good: boolean } {
  if (severity > 0) return { title: 'Nothing to advise', text: 'What was measured does not support any step yet.', good: false };
  const unknown = known.some((one) => one.basis === 'not_enough_load');
  return { title: 'Nothing is needed', text: unknown ? 'Nothing that was measured so far asks for a change.' : 'There is room for what comes. Scaling now would cost money and change nothing.', good: true };
}

export type Level = 'good' | 'soon' | 'now' | 'unknown';

export const severities: Readonly<Record<Level, string>> = { good: 'Well', soon: 'Look at it soon', now: 'Act now', unknown: 'Not known yet' };

export const gaugeWords: Readonly<Record<Level, string>> = { good: 'Room to spare', soon: 'Getting tight', now: 'Hardly any left', unknown: 'Not known yet' };

export const severityLevel = (severity: number): Level => (severity <= 0 ? 'good' : severity === 1 ? 'soon' : 'now');

/** A flow at a glance, by the same bounds as the server's verdict. Of a disk it is the days that count: a fuller one that does not grow is none the worse. */
export function gaugeLevel({ flow, headroom, daysLeft }: Pick<FlowHeadroom, 'flow' | 'headroom' | 'daysLeft'>): Level {
  if (headroom === null) return 'unknown';
  const times = flow === 'storage' ? Infinity : headroom.value;
  const days = daysLeft?.value ?? Infinity;
  if (times < 1.2 || days < 7) return 'now';
  return times < 2 || days < 30 || headroom.value < 1.2 ? 'soon' : 'good';
}

/** What stands large in a gauge, and what stands small beside it. */
export function gaugeFigure(flow: FlowHeadroom, locale?: string): { figure: string; range: string | null; line: string } {
  const { headroom, ceiling, load, unit } = flow;
  const ofLoad = formatAmount(load, unit, locale);
  if (ceiling === null) return { figure: noValue, range: null, line: load > 0 ? `${ofLoad} now; the ceiling is not known yet` : 'Nothing is going on now' };
  const most = formatAmount(ceiling.value, unit, locale);
  if (headroom === null) return { figure: noValue, range: null, line: `Nothing is going on now; it takes up to ${most}` };
  return { figure: formatTimes(headroom.value, locale), range: formatTimesRange(headroom, locale), line: formatPair(load, ceiling.value, unit, ' of ', locale) };
}

/** How long the disk lasts. */
export function daysText({ value, low, high }: Estimate, locale?: string): string {
  const [middle, from, to] = [value, low, high].map((one) => formatDays(one, locale));
  return from === to ? `Full in ${middle ?? ''} as it grows now` : `Full in ${middle ?? ''} as it grows now (${from ?? ''} to ${to ?? ''})`;
}

/** How full a part is, for its colour, its shape and its words. */
export type Busy = 'idle' | 'calm' | 'busy' | 'full';

export const busyWords: Readonly<Record<Busy, string>> = { idle: 'idle', calm: 'room to spare', busy: 'busy', full: 'nearly full' };

export function busyOf(utilisation: number): Busy {
  if (utilisation < 0.005) return 'idle';
  if (utilisation < 0.6) return 'calm';
  return utilisation < 0.8 ? 'busy' : 'full';
}

/** When a flow meets its wall, as a sentence. */
export function wallText(wall: WallForecast, locale?: string): string {
  const growth = growthText(wall.growthPerWeek, locale);
  if (wall.days.length === 0) return wall.basis;
  const name = resourceInText(wall.resource);
  if (wall.median === null) {
    const early = wall.early === null ? '' : ` One forecast in twenty meets it before ${formatDate(wall.early, locale)}.`;
    return `${growth} The wall, ${name}, is more than two years away.${early}`;
  }

  const between = wall.early === null || wall.late === null
    ? wall.early === null ? '' : `, at the earliest around ${formatDate(wall.early, locale)}`
    : `, most likely between ${formatDate(wall.early, locale)} and ${formatDate(wall.late, locale)}`;
  return `${growth} It meets its wall, ${name}, around ${formatDate(wall.median, locale)}${between}.`;
}

export function growthText(perWeek: number, locale?: string): string {
  if (Math.abs(perWeek) < 0.001) return 'The load stays about the same.';
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(Math.abs(perWeek));
  return perWeek > 0 ? `The load grows by ${share} a week.` : `The load falls by ${share} a week.`;
}

/** What waits for a resource, with its unit. */
export function saturationText({ saturation, saturationUnit }: Pick<ResourceReport, 'saturation' | 'saturationUnit'>, locale?: string): string {
  if (saturation === 0) return 'Nothing waits';
  if (saturationUnit.startsWith('bytes')) return `${formatBytes(saturation, locale)}${saturationUnit.slice('bytes'.length)}`;
  if (saturationUnit.startsWith('share ')) return `${formatPercent(saturation, locale)} ${saturationUnit.slice('share '.length)}`;
  return `${formatRate(saturation, locale)} ${saturationUnit}`.trim();
}
