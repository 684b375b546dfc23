// A stand-in for the server, for screenshots and for work on the app alone: the same made-up data on every start.
// It serves dist/ under the content-security policy that the real server sends, so that violations show up.
//   node dev/mock.mjs [--port 8080] [--setup] [--signed-in] [--empty] [--full] [--alerts]
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { full, growing, historyOf, planOf, quiet } from './capacity.mjs';
import { answerDashboards, answerShared } from './dashboards.mjs';

const args = process.argv.slice(2);
const port = args.includes('--port') ? Number(args[args.indexOf('--port') + 1]) : 8080;
const dist = path.join(import.meta.dirname, '..', 'dist');

const minute = 60_000;
const start = Math.floor(Date.now() / minute) * minute;

let seed = 42;
function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}
function pick(list) {
  return list[Math.floor(random() * list.length)];
}

let setupNeeded = args.includes('--setup');
let user = args.includes('--signed-in') ? { id: '1', email: 'ada@example.org', name: 'Ada Lovelace', operator: true } : null;

const projects = [
  { id: '1', name: 'Acme Shop', timeZone: 'Europe/Berlin', weekStartsOn: 'monday', keepIp: false, cookieless: false, droppedProperties: [], retentionDays: null, domains: ['shop.example.org'], createdAt: '2026-08-01T09:00:00Z', role: 'owner' },
  { id: '2', name: 'Docs', timeZone: 'UTC', weekStartsOn: 'monday', keepIp: false, cookieless: false, droppedProperties: [], retentionDays: null, domains: [], createdAt: '2026-09-12T09:00:00Z', role: 'owner' },
];
if (args.includes('--none')) projects.length = 0;
const importedAt = { startedAt: new Date(start - 300 * minute).toISOString(), endedAt: new Date(start - 298 * minute).toISOString() };
const imports = [
  {
    id: 'b6', name: 'orders-2025.csv', state: 'done', problem: null, ...importedAt, bytes: 52_428_800, totalBytes: 52_428_800, rows: 412_310, taken: 412_302, refused: 8, duplicates: 12_000,
    refusals: [{ line: 17, reason: '"soon" is no timestamp.' }, { line: 2_041, reason: 'It has 7 fields, the header 8.' }], from: '2025-01-01T00:12:00Z', to: '2025-12-31T22:40:00Z',
  },
  {
    id: 'a2', name: 'access.log.1.gz', state: 'stopped', problem: 'The compressed file is broken or cut off here. Send a whole one; what was taken counts once.', ...importedAt,
    bytes: 1_048_576, totalBytes: 2_097_152, rows: 90_000, taken: 89_990, refused: 10, duplicates: null, refusals: [], from: '2026-10-01T00:00:00Z', to: '2026-10-02T00:00:00Z',
  },
];
const capacity = args.includes('--empty') ? quiet : args.includes('--full') ? full : growing;
const alert = (id, severity, title, minutes, detail, more = {}) => ({
  id, severity, title, detail, since: new Date(start - minutes * minute).toISOString(), state: 'firing', resolvedAt: null, acknowledgedUntil: null, ...more,
});
const alerts = {
  firing: !args.includes('--alerts') ? [] : [
    alert('part:writer', 'critical', 'The Writer is not well', 3, 'Access to the path \'/var/lib/headroom/segments/1/00000812.parquet\' is denied. Events wait in the log; the Writer tries again by itself.'),
    alert('disk:data', 'warning', 'The disk of the data is nearly full', 95, '8.1 GiB of 200.0 GiB are free at /var/lib/headroom. Give it more space, keep events for a shorter time (Settings, Data retention), or remove what else is on it.'),
    ...[3, 4].map((one) => alert(`ledger:${one}`, 'critical', `The ledger of project ${one} does not add up`, 12, 'Of 10 events received 8 are accounted for.')),
    alert('wall:ingest:fsync', 'warning', 'Taking events in meets its wall in 12 days: fsync', 600, 'Half of the forecasts meet it before 2026-12-08, one in twenty before 2026-12-02.', { acknowledgedUntil: new Date(start + 600 * minute).toISOString() }),
  ],
  resolved: [alert('errors:capture', 'critical', 'Events are turned away', 1500, '', { state: 'resolved', resolvedAt: new Date(start - 1490 * minute).toISOString() })],
  channels: args.includes('--empty') ? [] : [
    { name: 'email', target: 'ops@example.org, a-rather-long-address-of-somebody-on-call@operations.example.org', deliveredAt: new Date(start - 2 * minute).toISOString(), problem: null },
    { name: 'webhook:0', target: 'hooks.example.com', deliveredAt: null, problem: 'Answered 403: it refuses the message. See the address and its rights.' },
  ],
};
const hasData = (project) => project === '1' && !args.includes('--empty');
const keys = new Map([
  ['1', [
    { id: '11', kind: 'write', name: 'Website', key: 'hrw_4qzJ8mVt2RkYb7LxWc5NdPfH', prefix: 'hrw_4qzJ', createdAt: '2026-08-01T09:00:00Z', role: 'owner' },
    { id: '12', kind: 'read', name: 'Weekly report', key: null, prefix: 'hrr_Zk31', createdAt: '2026-10-05T09:00:00Z' },
  ]],
  ['2', [{ id: '21', kind: 'write', name: 'Default', key: 'hrw_9sBfK2nQe6UyTg3MvXa8JwDr', prefix: 'hrw_9sBf', createdAt: '2026-09-12T09:00:00Z', role: 'owner' }]],
]);

const names = [['$pageview', 128_400], ['$autocapture', 64_210], ['product_viewed', 41_077], ['added_to_cart', 12_894], ['checkout_started', 5_310], ['order_paid', 3_482], ['signed_up', 1_204], ['$identify', 1_190], ['search', 880]];
const browsers = ['Chrome', 'Safari', 'Firefox', 'Edge', 'Samsung Internet'];
const systems = ['Mac OS X', 'Windows', 'iOS', 'Android', 'Linux'];
const countries = ['DE', 'FR', 'US', 'GB', 'NL', 'AT'];
const world = ['DE', 'US', 'FR', 'GB', 'IN', 'BR', 'PL', 'JP', 'NP', 'SG', 'AU', 'CA', 'ZA', 'MT', null];
const paths = ['/', '/products/desk-lamp', '/products/oak-table', '/cart', '/checkout', '/blog/how-we-measure-light-in-small-rooms'];

let made = 0;
function makeEvent(at) {
  const n = made++;
  const event = pick(['$pageview', '$pageview', '$pageview', '$autocapture', 'product_viewed', 'added_to_cart', 'order_paid', 'signed_up']);
  const browser = pick(browsers);
  const person = 100 + Math.floor(random() * 60);
  return {
    uuid: `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    event,
    distinctId: person % 3 === 0 ? `user-${person}` : `0192f1c4-77aa-7c0${person % 10}-b1d${person % 7}-${person}ab3c9e21d`,
    personKey: person,
    sessionId: `0192f1c4-0000-7000-8000-0000000${person}00`,
    timestamp: new Date(at).toISOString(),
    receivedAt: new Date(at + 84).toISOString(),
    properties: {
      ...(event === 'order_paid' ? { amount: Math.round(random() * 20_000) / 100, currency: 'EUR', items: ['desk-lamp', 'oak-table'], first_order: random() > 0.5 } : {}),
      ...(event === 'product_viewed' ? { product: 'desk-lamp', price: 89 } : {}),
      $current_url: `https://shop.example.org${pick(paths)}`,
      $browser: browser, $browser_version: 131, $os: pick(systems), $device_type: pick(['Desktop', 'Mobile']),
      $referrer: 'https://www.example.com/', $geoip_country_code: pick(countries), $lib: 'web', $lib_version: '1.449.2',
      $screen_width: 1512, $screen_height: 982, $session_entry_url: 'https://shop.example.org/', utm_source: pick(['newsletter', null]),
    },
    person: person % 3 === 0 ? { key: person, uuid: `01920000-0000-5000-8000-000000000${person}`, createdAt: '2026-09-14T10:12:00Z', isIdentified: true, properties: { email: `user-${person}@example.org`, plan: 'pro' } } : null,
  };
}
const events = [];
for (let i = 0; i < 180; i++) events.push(makeEvent(start - i * 7_000));

const definitions = {
  $browser: ['text'], $os: ['text'], $current_url: ['text'], $device_type: ['text'], $geoip_country_code: ['text'], $browser_version: ['number'],
  $screen_width: ['number'], amount: ['number'], currency: ['text'], price: ['number'], first_order: ['boolean'], items: ['json'], plan: ['text'], utm_source: ['text'], product: ['text'],
};

const units = { minute, hour: 60 * minute, day: 1440 * minute, week: 7 * 1440 * minute, month: 30 * 1440 * minute };
function trends(query) {
  const step = units[query.interval];
  const end = 'last' in query.range ? start : Date.parse(`${query.range.to}T23:59:00Z`);
  const span = 'last' in query.range ? query.range.last * units[query.range.unit] : end - Date.parse(`${query.range.from}T00:00:00Z`);
  const count = Math.max(1, Math.round(span / step));
  const buckets = Array.from({ length: count }, (_, i) => new Date(Math.floor(end / step) * step - (count - 1 - i) * step).toISOString());
  const values = (scale, salt) =>
    buckets.map((bucket, i) => {
      const wave = 1 + 0.28 * Math.sin((Date.parse(bucket) / units.day) * 0.9 + salt) + 0.15 * Math.sin(i * 1.7 + salt * 3);
      const value = scale * wave * Math.min(1, step / units.day + 0.15) * (i === count - 1 && end === start ? 0.45 : 1);
      return Math.round(value);
    });
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const series = query.series.flatMap((one, index) => {
    const scale = (names.find(([name]) => name === one.event)?.[1] ?? 150_000) / 30;
    const splits = !query.breakdown ? [undefined] : query.breakdown.property === '$geoip_country_code' ? world : [...browsers.slice(0, Math.min(query.breakdown.limit, 5)), null, '$other'];
    return splits.map((breakdown, split) => {
      const now = values(scale / (split + 1), index * 2 + split);
      const before = values((scale / (split + 1)) * 0.86, index + split + 5);
      return {
        series: index, name: one.name ?? one.event ?? 'Any event', ...(breakdown === undefined ? {} : { breakdown }),
        values: now, total: sum(now), ...(query.compare ? { compare: { values: before, total: sum(before) } } : {}),
      };
    });
  });
  const empty = query.filters.some((filter) => filter.values.includes('nothing'));
  if (empty) for (const one of series) Object.assign(one, { values: one.values.map(() => 0), total: 0 });
  return {
    kind: 'trends', timeZone: 'Europe/Berlin', interval: query.interval, buckets, series,
    ...(query.compare ? { compareBuckets: buckets.map((one) => new Date(Date.parse(one) - span).toISOString()) } : {}),
    dataVersion: 42, computedAt: new Date().toISOString(), elapsedMs: 12.5,
  };
}

function funnel(query) {
  const splits = query.breakdown ? [...browsers.slice(0, Math.min(query.breakdown.limit, 5)), null, '$other'] : [undefined];
  const empty = query.filters.some((filter) => filter.values.includes('nothing'));
  const bins = { binSeconds: 3600, bins: Array.from({ length: 48 }, (_, i) => ({ fromSeconds: i * 3600, persons: Math.round(420 * Math.exp(-i / 9) * (1 + 0.3 * Math.sin(i))) })), meanSeconds: 33_600, medianSeconds: 20_520 };
  const buckets = Array.from({ length: 30 }, (_, i) => new Date(Math.floor(start / units.day) * units.day - (29 - i) * units.day).toISOString());
  const series = splits.map((breakdown, split) => {
    const entered = empty ? 0 : Math.round(12_480 / (split + 1));
    const counts = query.steps.map((_, i) => Math.round(entered * 0.44 ** i * (1 - 0.04 * split * i)));
    const steps = query.steps.map((one, i) => ({
      step: i + 1, name: one.name ?? one.event ?? 'Any event', optional: one.optional, persons: counts[i], droppedOff: i === 0 ? 0 : counts[i - 1] - counts[i],
      conversionFromFirst: i === 0 || empty ? null : counts[i] / entered, conversionFromPrevious: i === 0 || empty ? null : counts[i] / counts[i - 1],
      meanSecondsFromPrevious: i === 0 || empty ? null : 700 * 4 ** i, medianSecondsFromPrevious: i === 0 || empty ? null : 130 * 4 ** i,
      meanSecondsFromFirst: i === 0 || empty ? null : 900 * 4 ** i, medianSecondsFromFirst: i === 0 || empty ? null : 160 * 4 ** i,
    }));
    const converted = counts.at(-1);
    return {
      ...(breakdown === undefined ? {} : { breakdown }), entered, converted, conversion: empty ? null : converted / entered, truncated: Math.round(entered * 0.18), excluded: query.exclusions.length > 0 ? 212 : 0,
      ...(query.view === 'steps' ? { steps } : {}), ...(query.view === 'time_to_convert' ? { timeToConvert: empty ? { binSeconds: 1, bins: [], meanSeconds: null, medianSeconds: null } : bins } : {}),
      ...(query.view === 'over_time' ? { overTime: buckets.map((_, i) => ({ entered: 400, converted: 40, conversion: (converted / (entered || 1)) * (1 + 0.3 * Math.sin(i / 3 + split)) })) } : {}),
    };
  });
  return {
    kind: 'funnel', timeZone: 'Europe/Berlin', order: query.order, view: query.view, windowSeconds: 2 * 86_400, ...(query.view === 'over_time' ? { buckets } : {}), series,
    dataVersion: 42, computedAt: new Date().toISOString(), elapsedMs: 61.2,
  };
}

function pathways(query) {
  const edges = [];
  const flow = (step, from, to, count) => edges.push({ step, from, to, count, meanSeconds: 20 + ((count * 7) % 300) });
  if (!query.filters.some((filter) => filter.values.includes('nothing'))) {
    for (let step = 1; step < query.steps; step++) {
      const scale = 0.58 ** (step - 1);
      paths.forEach((from, i) => paths.forEach((to, j) => {
        const count = Math.round((scale * 5_400) / ((i + 1) * (((i + j + step) % 5) + 1.6)));
        if (from !== to && (i * 3 + j + step) % 3 !== 0 && count > 40) flow(step, from, to, count);
      }));
    }
  }

  edges.sort((a, b) => b.count - a.count);
  const line = (breakdown, split) => ({
    breakdown, ways: edges.length === 0 ? 0 : Math.round(9_100 / split), more: edges.length > query.edges,
    edges: edges.slice(0, query.edges).filter((_, i) => i % split !== 1).map((edge) => ({ ...edge, count: Math.ceil(edge.count / (split + 1)) })),
  });
  return {
    kind: 'paths', timeZone: 'Europe/Berlin', edges: edges.slice(0, query.edges), ways: edges.length === 0 ? 0 : 18_240, more: edges.length > query.edges,
    ...(query.breakdown ? { series: valuesOf(query).map((breakdown, i) => line(breakdown, i + 2)) } : {}),
    dataVersion: 42, computedAt: new Date().toISOString(), elapsedMs: 84.9,
  };
}

function retention(query) {
  const columns = query.brackets.length > 0 ? query.brackets.map((to, i) => ({ from: (query.brackets[i - 1] ?? 0) + 1, to })) : Array.from({ length: query.intervals }, (_, i) => ({ from: i + 1, to: i + 1 }));
  const width = units[query.interval];
  const count = Math.min('last' in query.range ? Math.max(1, Math.round((query.range.last * units[query.range.unit]) / width)) : 8, 60);
  const first = Math.floor(start / width) * width - (count - 1) * width;
  const empty = query.filters.some((filter) => filter.values.includes('nothing'));
  const splits = query.breakdown ? [...browsers.slice(0, Math.min(query.breakdown.limit, 3)), null, '$other'] : [undefined];
  const series = splits.map((breakdown, split) => {
    const cohorts = Array.from({ length: count }, (_, row) => {
      const size = empty ? 0 : Math.round((620 + 140 * Math.sin(row * 1.3)) / (split + 1));
      const cells = Array.from({ length: columns.length }, (_, column) => {
        const left = count - 1 - row - (column + 1);
        const rate = (0.46 / (column + 1.3) ** 0.72) * (1 + 0.18 * Math.sin(row * 2.1 + column + split)) * (left === 0 ? 0.4 : 1);
        const returned = left < 0 ? 0 : Math.round(size * rate);
        return { returned, rate: empty || left < 0 ? null : returned / size, state: left < 0 ? 'not_begun' : left === 0 ? 'going_on' : 'over' };
      });
      return { start: new Date(first + row * width).toISOString(), size, cells };
    });
    const sum = (list) => list.reduce((a, b) => a + b, 0);
    const cells = Array.from({ length: columns.length }, (_, column) => {
      const over = cohorts.filter((one) => one.cells[column].state === 'over');
      const [size, returned] = [sum(over.map((one) => one.size)), sum(over.map((one) => one.cells[column].returned))];
      return { size, returned, rate: size === 0 ? null : returned / size };
    });
    return { ...(breakdown === undefined ? {} : { breakdown }), cohorts, overall: { size: sum(cohorts.map((one) => one.size)), cells } };
  });
  return {
    kind: 'retention', timeZone: 'Europe/Berlin', interval: query.interval, mode: query.mode, cohortBy: query.cohortBy,
    columns, series, dataVersion: 42, computedAt: new Date().toISOString(), elapsedMs: 48.4,
  };
}

function activeIntervals(query) {
  const width = units[query.interval];
  const count = Math.min('last' in query.range ? Math.max(1, Math.round((query.range.last * units[query.range.unit]) / width)) : 8, 120);
  return { width, count, first: Math.floor(start / width) * width - (count - 1) * width };
}

/** Those of a breakdown, undefined for all together. */
function valuesOf(query) {
  return query.breakdown ? [...browsers.slice(0, Math.min(query.breakdown.limit, 3)), null, '$other'] : [undefined];
}

function stickiness(query) {
  const { count } = activeIntervals(query);
  const empty = query.filters.some((filter) => filter.values.includes('nothing'));
  const series = query.series.flatMap((one, index) => valuesOf(query).map((breakdown, split) => {
    const exact = Array.from({ length: count }, (_, i) => (empty ? 0 : Math.round(((2_400 / (index + 1)) * Math.exp(-i / (2 + index + split)) + 40 / (i + 1)) / (split + 1))));
    const total = exact.reduce((a, b) => a + b, 0);
    const values = query.cumulative ? exact.map((_, i) => exact.slice(i).reduce((a, b) => a + b, 0)) : exact;
    return { series: index, name: one.event ?? 'Any event', persons: total, values, ...(breakdown === undefined ? {} : { breakdown }) };
  }));
  return { kind: 'stickiness', timeZone: 'Europe/Berlin', interval: query.interval, cumulative: query.cumulative, intervals: count, series, dataVersion: 42, computedAt: new Date().toISOString(), elapsedMs: 22.7 };
}

function lifecycle(query) {
  const { width, count, first } = activeIntervals(query);
  const empty = query.filters.some((filter) => filter.values.includes('nothing'));
  const some = (scale, salt) => Array.from({ length: count }, (_, i) => (empty ? 0 : Math.round(scale * (1 + 0.3 * Math.sin(i * 0.9 + salt)) * (i === count - 1 ? 0.5 : 1))));
  const persons = (split) => ({ new: some(210 / split, split), returning: some(320 / split, split + 1), resurrecting: some(90 / split, split + 2), dormant: some(240 / split, split + 3) });
  return {
    kind: 'lifecycle', timeZone: 'Europe/Berlin', interval: query.interval, buckets: Array.from({ length: count }, (_, i) => new Date(first + i * width).toISOString()),
    states: Array.from({ length: count }, (_, i) => (i === count - 1 ? 'going_on' : 'over')),
    ...(query.breakdown ? { series: valuesOf(query).map((breakdown, i) => ({ breakdown, ...persons(i + 2) })) } : {}),
    ...persons(1), dataVersion: 42, computedAt: new Date().toISOString(), elapsedMs: 31.2,
  };
}

function figuresOf(visits) {
  return { visitors: Math.round(visits * 0.82), visits, pageViews: Math.round(visits * 2.4), viewsPerVisit: visits === 0 ? null : 2.4, bounceRate: visits === 0 ? null : 0.31, meanSeconds: visits === 0 ? null : 208.4 };
}

const listed = {
  channel: ['Direct', 'Organic Search', 'Organic Social', 'Referral', 'Email', null], source: [null, 'google.com', 'news.ycombinator.com', 't.co'], utm_campaign: [null, 'launch'],
  page: paths, entry_page: paths, exit_page: paths, country: world, region: ['Bavaria', 'Hesse', null], city: ['Munich', 'Hof', null],
  device: ['Desktop', 'Mobile', 'Tablet'], browser: browsers, os: ['Windows', 'Mac OS X', 'iOS', 'Android'], event: ['order_paid', 'signed_up', 'product_viewed'],
};
/** The values of a property of the reader's choice, or of what visits have. */
const listedOf = (property, eventProperty) => (property ? listed[property] : eventProperty.startsWith('cohort.') ? ['false', 'true'] : ['free', 'pro', 'team', null]);
const asked = (query) => ({ empty: query.filters.some((filter) => filter.values.includes('nothing')), at: { dataVersion: 42, computedAt: new Date().toISOString(), elapsedMs: 31.7 } });
function timed(query) {
  const { buckets, compareBuckets } = trends({ ...query, series: [], breakdown: null, compare: true });
  return { buckets, compareBuckets };
}

function web(query) {
  const { empty, at } = asked(query);
  const { buckets, compareBuckets } = timed(query);
  const series = (starts, scale) => ({ interval: query.interval, buckets: starts, values: starts.map((_, i) => figuresOf(empty ? 0 : Math.round(scale * (1 + 0.3 * Math.sin(i * 0.8))))) });
  const vital = (p75) => ({ p75: empty ? null : p75, count: empty ? 0 : 812 });
  const vitalFigures = (scale) => ({ lcp: vital(2_410 * scale), inp: vital(180 * scale), cls: vital(0.08 * scale), fcp: vital(1_300 * scale), ttfb: { p75: null, count: 0 } });
  return {
    kind: 'web', timeZone: 'Europe/Berlin',
    ...(query.parts.includes('totals') ? { totals: figuresOf(empty ? 0 : 12_840), series: series(buckets, 1_900) } : {}),
    ...(query.parts.includes('totals') && query.compare ? { compare: { totals: figuresOf(empty ? 0 : 11_020), series: series(compareBuckets, 1_600) } } : {}),
    ...(query.lists.length > 0 ? {
      lists: query.lists.map(({ by, eventProperty, limit }) => ({
        ...(by ? { by } : { eventProperty }), more: !empty && listedOf(by, eventProperty).length > limit, rows: empty ? [] : listedOf(by, eventProperty).slice(0, limit).map((value, i) => ({
          value, ...figuresOf(Math.round(5_600 / (i + 1))), ...(by === 'event' ? { events: Math.round(9_000 / (i + 1)) } : {}), ...(query.compare ? { compare: figuresOf(i === 4 ? 0 : Math.round(4_900 / (i + 0.9))) } : {}),
        })),
      })),
    } : {}),
    ...(query.parts.includes('vitals') ? { vitals: { overall: vitalFigures(1), pages: paths.slice(0, 5).map((page, i) => ({ page, figures: vitalFigures(0.6 + i * 0.5) })), more: true } } : {}),
    ...at,
  };
}

function sessions(query) {
  const { empty, at } = asked(query);
  const { buckets, compareBuckets } = timed(query);
  const figures = (count) => ({ sessions: count, views: Math.round(count * 3.1), viewsPerSession: count === 0 ? null : 3.1, bounceRate: count === 0 ? null : 0.27, meanSeconds: count === 0 ? null : 184, medianSeconds: count === 0 ? null : 61 });
  const line = (starts, scale) => ({ values: starts.map((_, i) => figures(empty ? 0 : Math.round(scale * (1 + 0.25 * Math.sin(i))))), total: figures(empty ? 0 : Math.round(scale * starts.length)) });
  const splits = query.breakdown ? [...listedOf(query.breakdown.property, query.breakdown.eventProperty).slice(0, query.breakdown.limit), '$other'] : [undefined];
  return {
    kind: 'sessions', timeZone: 'Europe/Berlin', interval: query.interval, buckets, ...(query.compare ? { compareBuckets } : {}),
    series: splits.map((breakdown, i) => ({ ...(breakdown === undefined ? {} : { breakdown }), ...line(buckets, 2_100 / (i + 1)), ...(query.compare ? { compare: line(compareBuckets, 1_900 / (i + 1)) } : {}) })),
    ...at,
  };
}

const annotations = [{ id: 1, at: new Date(start - 2 * units.day).toISOString(), text: 'Launch of the new checkout', author: 'Ada Lovelace', createdAt: new Date(start).toISOString() }];

const answers = { trends, funnel, retention, paths: pathways, stickiness, lifecycle, sessions, web };

const fixed = [['uuid', 'UUID'], ['event', 'VARCHAR'], ['distinct_id', 'VARCHAR'], ['person_key', 'BIGINT'], ['session_id', 'VARCHAR'], ['timestamp', 'TIMESTAMP'], ['received_at', 'TIMESTAMP']];
const sqlTypes = { text: 'VARCHAR', json: 'VARCHAR', number: 'DOUBLE', boolean: 'BOOLEAN' };
const column = (name, type, property = null, kinds = [], description = null) => ({ name, type, property, kinds, description });
const sqlSchema = { relations: [
  { name: 'events', description: 'Every event, one row each.', columns: [...fixed.map(([name, type]) => column(name, type)), ...Object.entries(definitions).map(([name, kinds]) => column(name, sqlTypes[kinds[0]], name, kinds))] },
  { name: 'sessions', description: 'Events put together by session_id.', columns: [['session_id', 'VARCHAR'], ['person_key', 'BIGINT'], ['started_at', 'TIMESTAMP'], ['ended_at', 'TIMESTAMP'], ['duration', 'DOUBLE'], ['events', 'BIGINT'], ['entry_page', 'VARCHAR']].map(([name, type]) => column(name, type)) },
] };
function sqlAnswer({ sql }) {
  const about = { dataVersion: 42, estimatedRows: 261_904, queuedMs: 0, elapsedMs: 84.2 };
  if (sql.includes("'none'")) return { columns: [{ name: 'event', type: 'VARCHAR' }], rows: [], rowCount: 0, more: false, ...about };
  if (sql.includes('date,')) {
    const rows = Array.from({ length: 14 }, (_, day) => ['$pageview', 'order_paid', 'search'].map((event, i) => [`2026-11-${String(day + 10)}`, event, Math.round(900 / (i + 1) + 200 * Math.sin(day + i))])).flat();
    return { columns: [{ name: 'date', type: 'DATE' }, { name: 'event', type: 'VARCHAR' }, { name: 'n', type: 'BIGINT' }], rows, rowCount: rows.length, more: false, ...about };
  }
  if (!sql.includes('*)')) {
    const columns = [...fixed, ['$current_url', 'VARCHAR'], ['amount', 'DOUBLE'], ['first_order', 'BOOLEAN'], ['items', 'VARCHAR[]']].map(([name, type]) => ({ name, type }));
    const rows = Array.from({ length: 1_000 }, (_, i) => events[i % events.length]).map((one) => [one.uuid, one.event, one.distinctId, one.personKey, one.sessionId, one.timestamp.slice(0, -1), one.receivedAt.slice(0, -1), one.properties.$current_url, one.properties.amount ?? null, one.properties.first_order ?? null, one.properties.items ?? null]);
    return { columns, rows, rowCount: rows.length, more: true, ...about };
  }
  return { columns: [{ name: 'browser', type: 'VARCHAR' }, { name: 'views', type: 'BIGINT' }, { name: 'revenue', type: 'DOUBLE' }], rows: browsers.map((one, i) => [one, Math.round(60_000 / (i + 1)), i === 3 ? null : 98.42 / (i + 1)]), rowCount: 5, more: false, ...about };
}

const persons = Array.from({ length: 180 }, (_, i) => {
  const known = i % 3 === 0;
  return {
    key: 1_000 - i, uuid: i % 11 === 7 ? null : `01920000-0000-5000-8000-${String(i).padStart(12, '0')}`, createdAt: new Date(start - (i + 2) * 5 * 60 * minute).toISOString(), isIdentified: known,
    distinctIds: known ? [`0192f1c4-77aa-7c00-b1d0-10${String(i).padStart(3, '0')}3c9e21d`, `user-${i}`] : [`0192f1c4-77aa-7c00-b1d0-10${String(i).padStart(3, '0')}3c9e21d`],
    properties: known ? { email: `user-${i}@example.org`, ...(i % 2 === 0 ? { name: ['Ada Lovelace', 'Grace Hopper', 'Emmy Noether', 'Maria Sibylla Merian'][i % 4] } : {}), plan: 'pro', seats: i } : {},
    lastSeen: i % 17 === 5 ? null : new Date(start - i * 47 * minute).toISOString(),
  };
});
const cohorts = [
  { id: 3, name: 'Busy this month', condition: { kind: 'all', of: [{ kind: 'did', event: 'order_paid', comparison: 'at_least', times: 3, range: { last: 30, unit: 'day' }, filters: [] }, { kind: 'person', filters: [{ property: 'person.plan', operator: 'is', values: ['pro'] }] }] } },
  { id: 4, name: 'Dropped off before step 2, Added to the cart', condition: null },
].map((one) => ({ ...one, size: one.id * 61, computedAt: new Date(start).toISOString(), createdAt: '2026-11-02T09:00:00Z', updatedAt: '2026-11-02T09:00:00Z' }));

function personsPage(list, query, total) {
  const from = Number(query.cursor ?? 0);
  const limit = Number(query.limit ?? 50);
  return { persons: list.slice(from, from + limit), total, next: from + limit < list.length ? String(from + limit) : null };
}

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

async function file(pathname, response) {
  let name = path.join(dist, path.normalize(pathname));
  const found = name.startsWith(dist) && (await stat(name).catch(() => null))?.isFile();
  if (!found) name = path.join(dist, 'index.html');
  response.writeHead(200, { 'Content-Type': types[path.extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': policy });
  createReadStream(name).pipe(response);
}

function session() {
  return { user, setupNeeded, csrfToken: 'mock-token' };
}

const includes = (name, search) => name.toLowerCase().includes((search ?? '').toLowerCase());

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  const query = url.searchParams;
  if (!/^\/(api|health)\//.test(url.pathname)) return file(url.pathname, response);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : null;
  const json = (status, value) => {
    response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' });
    response.end(value === undefined ? '' : JSON.stringify(value));
  };
  const route = `${request.method} ${url.pathname}`;

  if (request.method !== 'GET' && request.headers['x-csrf-token'] !== 'mock-token') return json(403, { title: 'The X-CSRF-Token header is missing.', status: 403 });
  if (route === 'GET /health/ready') {
    return json(200, { status: 'ready', parts: ['control', 'event_log', 'event_store', 'writer'].map((name) => ({ name, status: 'ok', detail: null, since: null })) });
  }
  if (route === 'GET /api/alerts') return json(200, alerts);
  if (route === 'POST /api/alerts/test') {
    return json(200, { channels: alerts.channels.map((one) => ({ name: one.name, target: one.target, ok: one.problem === null, said: one.problem ?? '250 2.0.0 Ok: queued as 4F1B2' })) });
  }
  if (/^POST \/api\/alerts\/[^/]+\/acknowledge$/.test(route)) {
    const found = alerts.firing.find((one) => one.id === decodeURIComponent(url.pathname.split('/')[3]));
    found.acknowledgedUntil = new Date(start + 1440 * minute).toISOString();
    return json(200, found);
  }
  if (route === 'GET /api/session') return json(200, session());
  if (route === 'POST /api/setup') {
    setupNeeded = false;
    user = { id: '1', email: body.email, name: body.name, operator: true };
    return json(201, user);
  }
  if (route === 'POST /api/session') {
    if (body.password === 'wrong') return json(401, { title: 'Email or password is wrong.', status: 401 });
    user = { id: '1', email: body.email, name: 'Ada Lovelace', operator: true };
    return json(200, session());
  }
  if (route === 'DELETE /api/session') {
    user = null;
    response.writeHead(204).end();
    return undefined;
  }
  if (url.pathname.startsWith('/api/shared/')) return json(...answerShared(url.pathname, query, answers));
  if (!user) return json(401, { title: 'Sign in first.', status: 401 });
  if (route === 'GET /api/capacity') return json(200, capacity);
  if (route === 'GET /api/capacity/history') return json(200, historyOf(capacity, query.get('resource'), query.get('range')));
  if (route === 'POST /api/capacity/plan') return json(200, planOf(body));
  if (route === 'GET /api/projects') return json(200, projects);
  if (route === 'POST /api/projects') {
    const project = { weekStartsOn: 'monday', keepIp: false, cookieless: false, droppedProperties: [], retentionDays: null, domains: [], timeZone: 'UTC', ...body, id: String(projects.length + 1), createdAt: new Date().toISOString(), role: 'owner' };
    projects.push(project);
    keys.set(project.id, [{ id: `${project.id}1`, kind: 'write', name: 'Default', key: `hrw_new${project.id}Kd83hfQ0s`, prefix: 'hrw_new', createdAt: project.createdAt }]);
    return json(201, { project, writeKey: `hrw_new${project.id}Kd83hfQ0s`, readKey: 'hrr_Jd72hGq0Zp4LmX9vTbNc' });
  }

  const [, id, rest = ''] = /^\/api\/projects\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
  const project = projects.find((one) => one.id === id);
  if (!project) return json(404, { title: 'There is no such project.', status: 404 });
  const call = `${request.method} ${rest}`;
  if (call === 'PATCH ') return json(200, Object.assign(project, body));
  if (call === 'GET /annotations') return json(200, annotations);
  if (call === 'POST /annotations') {
    annotations.push({ id: annotations.length + 1, author: user.name, createdAt: new Date().toISOString(), ...body });
    return json(201, annotations.at(-1));
  }
  if (call === 'GET /keys') return json(200, keys.get(id));
  if (call === 'POST /keys') {
    const key = { id: `${id}${keys.get(id).length + 7}`, ...body, key: `hr${body.kind[0]}_Nk47sTq1Xw8Rz`, prefix: `hr${body.kind[0]}_Nk47`, createdAt: new Date().toISOString() };
    keys.get(id).push({ ...key, key: body.kind === 'read' ? null : key.key });
    return json(201, key);
  }
  if (call.startsWith('DELETE /keys/')) {
    keys.set(id, keys.get(id).filter((one) => one.id !== rest.slice(6)));
    response.writeHead(204).end();
    return undefined;
  }
  if (call === 'GET /imports') return json(200, { imports: hasData(id) ? imports : [], maxFileBytes: 21_474_836_480 });
  if (call === 'GET /ledger') return json(200, hasData(id) ? { received: 261_904, stored: 258_640, duplicates: 2_918, rejected: 312, waiting: 34, removed: { retention: 0, deletion: 0 } } : { received: 0, stored: 0, duplicates: 0, rejected: 0, waiting: 0, removed: { retention: 0, deletion: 0 } });
  if (call === 'POST /query') {
    const asked = (body.filters ?? []).flatMap((filter) => filter.values);
    if (asked.includes('refused')) {
      return json(422, { title: 'The query needs more memory than it may have.', status: 422, detail: 'The query needs more memory than it may have (Headroom:Queries:MemoryMegabytes). Ask for a shorter range or fewer values of a breakdown.' });
    }

    if (asked.includes('slow')) await new Promise((resolve) => setTimeout(resolve, 20_000));
    return json(200, answers[body.kind](body));
  }
  if (call === 'POST /query/persons') {
    if (JSON.stringify(body.query).includes('unlisted')) return json(400, { title: 'One or more validation errors occurred.', status: 400, errors: { point: ['The query’s unit is a group, so there are no persons behind its points.'] } });
    const list = body.point.status === 'dormant' ? [] : persons;
    return json(200, personsPage(list, body, list.length));
  }
  if (call === 'GET /persons') {
    const search = query.get('search');
    const list = !hasData(id) ? [] : persons.filter((one) => !search || JSON.stringify(one).toLowerCase().includes(search.toLowerCase()));
    return json(200, personsPage(list, Object.fromEntries(query), null));
  }
  if (/^GET \/persons\/[^/]+\/events$/.test(call)) return json(200, { events: query.get('from') ? events.slice(0, 12) : events.slice(0, 40), next: null });
  if (call.startsWith('GET /persons/')) {
    const found = persons.find((one) => one.uuid === rest.slice(9));
    return found ? json(200, found) : json(404, { title: 'The project has no person with this uuid.', status: 404 });
  }
  if (call === 'GET /cohorts') return json(200, hasData(id) ? cohorts : []);
  if (call === 'POST /cohorts') {
    const cohort = { id: cohorts.length + 3, name: body.name, condition: null, size: persons.length, computedAt: new Date().toISOString(), createdAt: new Date().toISOString(), updatedAt: new Date().toISOString() };
    cohorts.push(cohort);
    return json(201, cohort);
  }
  if (/^(GET|PATCH|DELETE) \/cohorts\//.test(call)) {
    const cohort = cohorts.find((one) => String(one.id) === rest.slice(9));
    if (!cohort) return json(404, { title: 'The project has no cohort with this number.', status: 404 });
    if (request.method !== 'DELETE') return json(200, Object.assign(cohort, body));
    cohorts.splice(cohorts.indexOf(cohort), 1);
    response.writeHead(204).end();
    return undefined;
  }
  const ofDashboards = answerDashboards(call, body, query, answers, hasData(id));
  if (ofDashboards) return ofDashboards === 'never' ? undefined : json(...ofDashboards);
  if (call === 'GET /sql/schema') return json(200, sqlSchema);
  if (call === 'POST /sql') {
    if (!body.sql.startsWith('SELECT')) return json(400, { title: 'One or more validation errors occurred.', status: 400, errors: { sql: ['Line 1, character 1: syntax error at or near "SELEC".'] } });
    if (body.sql.includes('slow')) return undefined;
    if (body.format) return response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end('made up');
    return json(200, sqlAnswer(body));
  }
  if (call === 'GET /events') {
    if (!hasData(id) || query.get('filters')?.includes('nothing')) return json(200, { events: [], next: null });
    const from = Number(query.get('cursor') ?? 0);
    const limit = Number(query.get('limit') ?? 50);
    const wanted = events.filter((one) => !query.get('event') || one.event === query.get('event'));
    return json(200, { events: wanted.slice(from, from + limit), next: from + limit < wanted.length ? String(from + limit) : null });
  }
  if (call.startsWith('GET /events/')) {
    const found = events.find((one) => one.uuid === rest.slice(8));
    return found ? json(200, found) : json(404, { title: 'There is no such event.', status: 404 });
  }
  if (call === 'GET /definitions/events/activity') {
    const found = (hasData(id) ? names : []).filter(([name]) => includes(name, query.get('search')));
    return json(200, {
      from: '2026-10-27', to: '2026-11-25', total: found.length,
      events: found.map(([name, count]) => ({ name, description: null, hidden: false, count, recent: count, firstSeen: new Date(start).toISOString(), lastSeen: new Date(start).toISOString(), days: Array.from({ length: 30 }, (_, i) => Math.round((count / 30) * (1 + Math.sin(i / 2) / 3))) })),
    });
  }
  if (call === 'GET /problems') return json(200, { from: new Date(start).toISOString(), hours: 168, kinds: [], unassigned: [] });
  if (call === 'GET /problems/recent') return json(200, { lastSeen: null });
  if (call === 'GET /definitions/events') {
    return json(200, (hasData(id) ? names : []).filter(([name]) => includes(name, query.get('search'))).map(([name, count]) => ({ name, count, lastSeen: new Date(start).toISOString(), description: null, hidden: false })));
  }
  if (call === 'GET /definitions/properties') {
    return json(200, Object.entries(definitions).filter(([name]) => includes(name, query.get('search'))).map(([name, kinds]) => ({ name, kinds, description: null, hidden: false })));
  }
  if (call === 'GET /definitions/properties/values') {
    const values = query.get('property') === '$os' ? systems : query.get('property') === '$geoip_country_code' ? countries : browsers;
    return json(200, values.filter((one) => includes(one, query.get('search'))).map((value, i) => ({ value, count: Math.round(60_000 / (i + 1)) })));
  }
  if (call === 'GET /live') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const send = (name, value) => response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
    const minutes = Array.from({ length: 30 }, (_, i) => (hasData(id) ? Math.round(70 + 26 * Math.sin(i / 3.2) + ((i * 37) % 17)) : 0));
    const online = () => send('online', { online: hasData(id) ? 37 : 0, eventsPerMinute: hasData(id) ? minutes[29] : 0, minutes });
    online();
    const beats = setInterval(online, 5_000);
    const arrivals = setInterval(() => {
      if (!hasData(id)) return;
      const made = makeEvent(Date.now());
      events.unshift(made);
      send('event', {
        uuid: made.uuid, event: made.event, distinctId: made.distinctId, timestamp: made.timestamp, url: made.properties.$current_url,
        browser: made.properties.$browser, os: made.properties.$os, country: made.properties.$geoip_country_code,
      });
    }, 1_400);
    request.on('close', () => {
      clearInterval(beats);
      clearInterval(arrivals);
    });
    return undefined;
  }
  return json(404, { title: 'There is nothing at this address.', status: 404 });
}).listen(port, '127.0.0.1', function () {
  console.log(`mock on http://127.0.0.1:${this.address().port}`);
});
