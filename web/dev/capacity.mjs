// Made-up answers about capacity: of a server that grows towards its wall, of one that is full, and of one that has hardly any load.
const day = 86_400_000;
const start = Date.parse('2026-09-27T00:00:00Z');
const today = Date.parse('2026-11-26T00:00:00Z');

/** Two months of a load that grows by the week, and where it goes; what is stored has no weekends. */
function daysOf(base, growth, weekend, ahead, band, wave = 0.06) {
  return Array.from({ length: Math.round((today - start) / day) + 1 + ahead }, (_, i) => {
    const at = start + i * day;
    const isForecast = at > today;
    const free = [0, 6].includes(new Date(at).getUTCDay()) ? weekend : 1;
    const noise = isForecast ? 1 : 1 + wave * Math.sin(i * 2.3) + (wave / 2) * Math.cos(i * 5.1);
    const load = base * (1 + growth) ** (i / 7) * free * noise;
    const spread = isForecast ? band * Math.sqrt((at - today) / day) : 0;
    return { day: new Date(at).toISOString().slice(0, 10), load, low: Math.max(0, load * (1 - spread)), high: load * (1 + spread), isForecast };
  });
}

/** When a load meets its ceiling: in the middle of its range, at its top and at its bottom. */
function wallOf(flow, name, ceiling, growthPerWeek, days, basis) {
  const met = (of) => days.find((one) => one.isForecast && of(one) >= ceiling)?.day ?? null;
  return { flow, resource: name, ceiling, median: met((one) => one.load), early: met((one) => one.high), late: met((one) => one.low), growthPerWeek, days, basis };
}

const around = (value, low, high) => ({ value, low, high });
const resource = (name, flow, kind, utilisation, [saturation, saturationUnit], throughput, serviceDemand = null, ceiling = null, headroom = null, errorsPerSecond = 0) =>
  ({ name, flow, kind, utilisation, saturation, saturationUnit, errorsPerSecond, throughput, serviceDemand, ceiling, headroom });

const lambda = 2650;
const law = (n) => (lambda * n) / (1 + 0.081 * (n - 1) + 0.0021 * n * (n - 1));
const points = [[1, 1.01], [2, 0.985], [4, 1.02], [8, 0.99], [16, 1.015], [24, 0.97], [32, 1.01]].map(([n, noise]) => ({ concurrency: n, eventsPerSecond: law(n) * noise, fitted: law(n) }));

export const growing = {
  at: '2026-11-26T08:00:10Z',
  summary: 'The Writer breaks first: it takes 2.1 times the present load, and at the present growth that is used up around 26 February. Store fewer properties that nobody reads, which costs nothing.',
  severity: 1,
  flows: [
    { flow: 'ingest', unit: 'events/s', load: 6240, ceiling: around(13_100, 11_900, 14_600), headroom: around(2.1, 1.9, 2.34), binding: 'writer', basis: 'calibrated', daysLeft: null, p99: 0.0042 },
    { flow: 'queries', unit: 'queries/s', load: 1.84, ceiling: around(12.3, 9.8, 15.1), headroom: around(6.68, 5.33, 8.2), binding: 'query_cpu', basis: 'observed', daysLeft: null, p99: 0.86 },
    { flow: 'storage', unit: 'bytes', load: 412e9, ceiling: around(880e9, 880e9, 880e9), headroom: around(2.14, 2.14, 2.14), binding: 'disk_space', basis: 'observed', daysLeft: around(138, 112, 171), p99: null },
  ],
  resources: [
    resource('capture_cpu', 'ingest', 'processor', 0.224, [0, 'requests'], 6240, 35.9e-6, around(27_900, 25_100, 31_000), 4.47),
    resource('capture_queue', 'ingest', 'queue', 0.06, [0, 'requests'], 6240),
    resource('fsync', 'ingest', 'disk', 0.31, [0.4, 'flushes'], 6240, 49.7e-6, around(20_100, 17_600, 23_300), 3.22),
    resource('writer', 'ingest', 'thread', 0.628, [1240, 'events'], 6240, 76.3e-6, around(13_100, 11_900, 14_600), 2.1),
    resource('consumer_lag', 'ingest', 'queue', 0.018, [1240, 'events'], 6240),
    resource('store_writes', 'ingest', 'disk', 0.19, [0, 'segments'], 6240, 30e-6, around(33_000, 28_000, 39_000), 5.29),
    resource('disk_space', 'storage', 'space', 0.468, [0, 'bytes'], 6240, null, around(880e9, 880e9, 880e9), 2.14),
    resource('query_cpu', 'queries', 'processor', 0.15, [0, 'queries'], 1.84, 81.3e-3, around(12.3, 9.8, 15.1), 6.68),
    resource('query_queue', 'queries', 'queue', 0.11, [0, 'queries'], 1.84, null, null, null, 0.02),
    resource('cache', 'queries', 'cache', 0.97, [0, 'queries'], 9.2),
    resource('memory', 'queries', 'memory', 0.57, [0, 'bytes'], 1.84),
    resource('connections', 'ingest', 'connections', 0.12, [0, 'connections'], 6240),
  ],
  walls: [
    wallOf('ingest', 'writer', 13_100, 0.061, daysOf(3650, 0.061, 0.66, 120, 0.016), '60 days of the busiest minute, with their trend and their week. The ceiling was measured on 24 November.'),
    wallOf('queries', 'query_cpu', 12.3, 0.004, daysOf(1.8, 0.004, 0.4, 28, 0.03, 0.1), '60 days of the busiest minute, with their trend and their week.'),
    wallOf('storage', 'disk_space', 880e9, 0.051, daysOf(267e9, 0.051, 1, 150, 0.006, 0), '60 days of bytes at their end. The reserve of free space is left out.'),
  ],
  advice: [
    {
      id: 'drop_properties', step: 2, title: 'Stop storing properties that nobody reads',
      because: 'The Writer spends 41% of its time on properties of autocaptured events that no query of the last 30 days has read. They can be left out in the project’s settings.',
      evidence: [{ measure: 'utilisation of the Writer', value: 0.628, unit: 'share' }, { measure: 'service demand of the Writer', value: 76.3, unit: 'µs' }, { measure: 'properties never read', value: 214, unit: 'of 352' }],
      expected: [{ measure: 'ceiling of ingest', before: 13_100, after: 19_800, unit: 'events/s' }, { measure: 'headroom of ingest', before: 2.1, after: 3.17, unit: '×' }],
      monthlyCost: 0, costBasis: null,
      how: ['Open Data, Properties, and look for names that come often and mean nothing to you.', 'In the project’s settings, under Privacy, name those that need not be stored.', 'Look here again after ten minutes of load.'],
    },
    {
      id: 'writer_out', step: 6, title: 'Give the Writer a machine of its own',
      because: 'For when the first step is used up: the Writer and capture share 2 processors, of which capture takes 22% now.',
      evidence: [{ measure: 'processor of capture', value: 0.224, unit: 'share' }, { measure: 'processors', value: 2, unit: '' }],
      expected: [{ measure: 'ceiling of ingest', before: 13_100, after: 27_900, unit: 'events/s' }, { measure: 'p99 of queries', before: 182, after: 121, unit: 'ms' }],
      monthlyCost: 61.32, costBasis: 'AWS us-east-1, c7g.large on demand, list prices of 2026-11',
      how: ['Start a second machine with --roles writer.', 'Take the role from the first: --roles gateway,capture,query,jobs.', 'Compare the ceiling here before and after.'],
    },
  ],
  mistakes: [
    { id: 'bigger_machine', title: 'A machine with more processors', because: 'The Writer is one thread. More processors leave its ceiling at 13,100 events a second.' },
    { id: 'shard', title: 'Sharding', because: 'One Writer takes 2.1 times the present load, and a machine of its own doubles that.' },
  ],
  problems: [],
  calibration: { at: '2026-11-24T21:14:00Z', eventsPerSecond: Math.max(...points.map((one) => one.eventsPerSecond)), queriesPerSecond: 12.3, processors: 2, secondsPerEvent: 36e-6, secondsPerQuery: 81e-3, sigma: 0.081, kappa: 0.0021, points },
};

/** The Writer at its end, the log's disk busy, capture refusing. */
export const full = {
  ...growing,
  summary: 'The Writer has next to nothing left: it takes 1.04 times the present load. Stop storing properties that nobody reads, now.',
  severity: 2,
  problems: ['Capture refuses 14 requests a second: too many are under way.'],
  flows: growing.flows.map((one) => (one.flow === 'ingest' ? { ...one, load: 12_600, headroom: around(1.04, 0.94, 1.16) } : one)),
  resources: growing.resources.map((one) => ({
    ...one,
    ...({ writer: { utilisation: 0.96, saturation: 48_200 }, fsync: { utilisation: 0.72, saturation: 3.2 }, capture_queue: { utilisation: 0.88, errorsPerSecond: 14 }, memory: { utilisation: 0.83 } }[one.name] ?? {}),
  })),
};

/** A new server: nothing is known, and nothing is needed. */
export const quiet = {
  at: growing.at,
  summary: 'There is not enough load yet to say how much more this server takes. Nothing is needed.',
  severity: 0,
  flows: [
    { flow: 'ingest', unit: 'events/s', load: 0.4, ceiling: null, headroom: null, binding: null, basis: 'not_enough_load', daysLeft: null, p99: null },
    { flow: 'queries', unit: 'queries/s', load: 0, ceiling: null, headroom: null, binding: null, basis: 'not_enough_load', daysLeft: null, p99: null },
    { flow: 'storage', unit: 'bytes', load: 31e6, ceiling: around(42e9, 42e9, 42e9), headroom: around(1354, 1354, 1354), binding: 'disk_space', basis: 'observed', daysLeft: null, p99: null },
  ],
  resources: growing.resources.map((one) => ({ ...one, utilisation: one.name === 'memory' ? 0.09 : 0.001, saturation: 0, errorsPerSecond: 0, throughput: 0.4, serviceDemand: null, ceiling: null, headroom: null })),
  walls: [
    { flow: 'ingest', resource: '', ceiling: 0, median: null, early: null, late: null, growthPerWeek: 0, days: [], basis: 'A forecast needs two weeks of load; there are 3 days.' },
  ],
  advice: [],
  mistakes: [],
  problems: [],
  calibration: null,
};

const steps = { hour: [360, 10_000], day: [288, 300_000], week: [168, 3_600_000], year: [365, day] };

const processOf = { capture: 'host/capture-1', writer: 'host/writer', query: 'host/query-1' };
/** The same load where capture, the Writer and queries are processes of their own. */
export const apart = {
  ...growing,
  resources: [
    ...growing.resources.filter((one) => one.name !== 'fsync' && one.name !== 'capture_queue').map((one) => ({
      ...one,
      ...(one.name === 'capture_cpu' ? { utilisation: 0.4 } : {}),
      process: /^capture/.test(one.name) ? processOf.capture : one.flow === 'queries' && one.name !== 'memory' ? processOf.query : processOf.writer,
    })),
    { ...resource('writer_cpu', 'ingest', 'processor', 0.35, [0, 'requests'], 6240, 28e-6, around(36_000, 30_000, 41_000), 5.77), process: processOf.writer },
  ],
  processes: [
    { name: processOf.writer, host: 'host', roles: ['writer'], processors: 2, at: growing.at },
    { name: processOf.capture, host: 'host', roles: ['capture'], processors: 2, at: growing.at },
    { name: processOf.query, host: 'host', roles: ['query'], processors: 2, at: growing.at },
  ],
};

export function historyOf(report, name, range) {
  const found = report.resources.find((one) => one.name === name);
  const [count, step] = steps[range] ?? steps.hour;
  const end = Date.parse(report.at);
  return {
    resource: name,
    points: Array.from({ length: count }, (_, i) => {
      const wave = 1 + 0.18 * Math.sin(i / 29) + 0.06 * Math.sin(i / 5.3) + 0.02 * Math.sin(i * 1.9);
      return { at: new Date(end - (count - 1 - i) * step).toISOString(), utilisation: Math.min(1, (found?.utilisation ?? 0) * wave), saturation: found?.saturation ?? 0, throughput: (found?.throughput ?? 0) * wave, errorsPerSecond: 0 };
    }).filter((_, i) => range === 'year' || i < count * 0.3 || i > count * 0.36),
  };
}

/** Sizes that follow from the load roughly as the server's own would, so that sliding shows something. */
export function planOf({ dailyActiveUsers, eventsPerUser, peak, retentionDays, queriesPerSecond, provider }) {
  const perSecond = ((dailyActiveUsers * eventsPerUser) / 86_400) * peak;
  const disk = (dailyActiveUsers * eventsPerUser * retentionDays * 60) / 1e9;
  const processors = Math.max(2, 2 ** Math.ceil(Math.log2(perSecond / 9000 + queriesPerSecond / 8)));
  const fits = perSecond < 400_000;
  const split = processors > 4;
  const part = (name, count, share, p99Milliseconds) => ({ name, count, virtualProcessors: Math.max(2, processors / count / 2), memoryGigabytes: Math.max(4, processors), utilisation: Math.min(0.99, share), p99Milliseconds });
  return {
    topology: !fits ? 'Past what one Writer of this version takes: more than 400,000 events a second at the peak.'
      : split ? `${String(Math.ceil(processors / 4))} machines: capture and queries beside each other, the Writer on its own, segments in object storage.`
        : `One machine of ${String(processors)} processors with every role, which is all that this load needs.`,
    fits,
    parts: split
      ? [part('capture_cpu', Math.ceil(processors / 8), 0.55, 12), part('fsync', Math.ceil(processors / 8), 0.31, 9), part('writer', 1, 0.62, 480), part('query_cpu', 2, 0.41, 210)]
      : [part('capture_cpu', 1, perSecond / (processors * 9000), 12), part('fsync', 1, perSecond / 60_000, 9), part('writer', 1, perSecond / 40_000, 310), part('query_cpu', 1, queriesPerSecond / (processors * 8), 180), part('memory', 1, 0.38, null)],
    diskGigabytes: disk, monthlyCost: processors * 30.66 + disk * 0.08,
    costBasis: `${{ aws: 'AWS us-east-1', azure: 'Azure East US', gcp: 'Google Cloud us-east1' }[provider]}, list prices of 2026-11`,
    walls: [fits ? 'the Writer’s thread at 1.6 times this load: give the Writer a machine of its own' : 'the Writer’s thread at 0.8 times this load: nothing in this version helps'],
    notes: ['Service demands were measured on this server.', 'Traffic out of the cloud is not in the price.'],
  };
}
