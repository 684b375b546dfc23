// Made-up dashboards for the stand-in server: one with each kind of tile, also of those that get no answer.
const where = (property, ...values) => ({ property, operator: 'is', values });
const range = { last: 30, unit: 'day' };
const trend = (event, more = {}) => ({
  kind: 'trends', series: [{ event, math: 'total', property: null, name: null, filters: [], perPerson: false, hidden: false }], range, interval: 'day', filters: [], breakdown: null, compare: true,
  unit: null, formulas: [], smoothing: null, cumulative: false, ...more,
});
const selector = (event) => ({ event, name: null, filters: [] });
const funnel = { kind: 'funnel', steps: ['$pageview', 'product_viewed', 'added_to_cart', 'order_paid'].map((event) => ({ ...selector(event), optional: false })), exclusions: [], order: 'ordered', window: { count: 7, unit: 'day' }, range, filters: [], breakdown: null, view: 'steps', interval: 'day' };
const web = (more) => ({ kind: 'web', range, interval: 'day', filters: [], compare: true, parts: [], lists: [], ...more });
const kinds = [
  ['Page views', trend('$pageview'), 'number', 3, 2],
  ['Orders', trend('order_paid'), 'number', 3, 2],
  ['Sign-ups', trend('signed_up', { compare: false }), 'number', 3, 2],
  ['Searches', trend('search'), 'number', 3, 2],
  ['Page views by browser', trend('$pageview', { breakdown: { property: '$browser', limit: 5 }, compare: false }), 'line', 8, 5],
  ['Orders by day', trend('order_paid', { compare: false }), 'bar', 4, 5],
  ['From visit to order', funnel, 'line', 6, 6],
  ['Who comes back', { kind: 'retention', start: selector('order_paid'), return: selector('order_paid'), range: { last: 90, unit: 'day' }, interval: 'week', intervals: 8, cohortBy: 'recurring', mode: 'calendar', minimumReturns: 1, brackets: [], filters: [], breakdown: null }, 'line', 6, 6],
  ['Ways through the shop', { kind: 'paths', range, steps: 5, edges: 50, minimumCount: 1, include: ['pages'], startPoint: null, endPoint: null, exclude: [], groupings: [], filters: [] }, 'line', 12, 6],
  ['How often they come', { kind: 'stickiness', series: [selector('$pageview')], range, interval: 'day', cumulative: false, filters: [] }, 'line', 6, 5],
  ['New, returning and gone', { kind: 'lifecycle', activity: selector(null), range, interval: 'day', filters: [] }, 'line', 6, 5],
  ['Countries', trend('$pageview', { breakdown: { property: '$geoip_country_code', limit: 8 }, compare: false }), 'table', 6, 5],
  ['Sessions', { kind: 'sessions', range, interval: 'day', filters: [], breakdown: null, compare: false }, 'line', 6, 5, 'medianSeconds'],
  ['Where sessions end', { kind: 'sessions', range, interval: 'day', filters: [], breakdown: { property: 'exit_page', limit: 5 }, compare: true }, 'table', 6, 5],
  ['Bounces', { kind: 'sessions', range, interval: 'day', filters: [], breakdown: null, compare: true }, 'number', 3, 2, 'bounceRate'],
  ['Visits in numbers', web({ parts: ['totals', 'series'] }), 'number', 9, 2],
  ['Visits', web({ parts: ['totals', 'series'] }), 'line', 12, 5, 'pageViews'],
  ['Visits beside', web({ parts: ['totals', 'series'] }), 'bar', 5, 5],
  ['Pages', web({ lists: [{ by: 'page', limit: 10 }] }), 'table', 4, 5],
  ['Devices', web({ lists: [{ by: 'device', limit: 10 }], compare: false }), 'table', 3, 5],
  ['Visitors by country', web({ lists: [{ by: 'country', limit: 250 }] }), 'map', 6, 5],
  ['Web vitals', web({ parts: ['vitals'], compare: false }), 'table', 6, 5],
];
const states = [
  ['Nothing of it', trend('$pageview', { filters: [where('plan', 'nothing')] }), 'line', 4, 4],
  ['Too much of it', trend('$pageview', { filters: [where('plan', 'refused')] }), 'line', 4, 4],
  ['Too often asked', trend('$pageview', { filters: [where('plan', 'limited')] }), 'line', 4, 4],
  ['Out of order', trend('$pageview', { filters: [where('plan', 'broken')] }), 'number', 4, 3],
  ['On its way', trend('$pageview', { filters: [where('plan', 'slow')] }), 'line', 8, 3],
];

/** Left to right, then downwards: wide tiles begin a row. */
function laidOut(tiles) {
  let [x, y, high] = [0, 0, 0];
  return tiles.map(([title, query, display, width, height, figure], index) => {
    if (x + width > 12) [x, y, high] = [0, y + high, 0];
    const tile = { id: index + 1, title, query, display, ...(figure ? { figure } : {}), x, y, width, height };
    [x, high] = [x + width, Math.max(high, height)];
    return tile;
  });
}

const stamps = { createdAt: '2026-11-02T09:00:00Z', createdBy: 'Ada Lovelace', updatedAt: '2026-11-23T09:00:00Z' };
const dashboards = [
  { id: 1, name: 'Acme at a glance', description: 'What we look at on Mondays', range: null, filters: [], refreshSeconds: 300, tiles: laidOut(kinds), ...stamps, version: 4 },
  { id: 2, name: 'States', description: '', range: { last: 7, unit: 'day' }, filters: [where('$browser', 'Chrome')], refreshSeconds: 0, tiles: laidOut(states), ...stamps, version: 1 },
  { id: 3, name: 'Empty', description: '', range: null, filters: [], refreshSeconds: 0, tiles: [], ...stamps, createdBy: null, version: 1 },
];
const shares = [{ id: 1, name: 'The screen in the kitchen', prefix: 'hrs_Jx4q', chooseRange: true, embedOrigins: ['https://intranet.example.com'], createdAt: '2026-11-20T09:00:00Z', expiresAt: null }];

function answered(tile, answers, asked) {
  const wanted = (tile.query.filters ?? []).flatMap((filter) => filter.values);
  if (wanted.includes('refused')) return [422, { title: 'The query went past a bound.', status: 422, detail: 'The query needs more memory than it may have (Headroom:Store:QueryMemoryMegabytes).' }];
  if (wanted.includes('limited')) return [429, { title: 'Too many requests.', status: 429, detail: 'You ask more than 100 times a second. Try again in 1 s.' }];
  if (wanted.includes('broken')) return [500, { title: 'An error occurred.', status: 500 }];
  const last = asked.get('last');
  const query = last ? { ...tile.query, range: { last: Number(last), unit: asked.get('unit') } } : tile.query;
  const result = answers[query.kind]?.(query) ?? { kind: query.kind, timeZone: 'Europe/Berlin', computedAt: new Date().toISOString(), elapsedMs: 1 };
  return [200, { query, result }];
}

/** An answer as status and body; nothing where the call is about something else. */
export function answerDashboards(call, body, asked, answers, hasData) {
  const [, method, id, rest = ''] = /^(\w+) \/dashboards(?:\/(\d+))?(\/.*)?$/.exec(call) ?? [];
  if (!method) return undefined;
  if (id === undefined) {
    if (method === 'GET') return [200, hasData ? dashboards.map((one) => ({ ...one, tiles: one.tiles.length, shares: one.id === 1 ? 1 : 0 })) : []];
    const made = { id: dashboards.length + 1, description: '', range: null, filters: [], refreshSeconds: 0, tiles: [], ...stamps, version: 1, ...body };
    made.tiles = made.tiles.map((one, index) => ({ id: index + 1, ...one }));
    dashboards.push(made);
    return [201, made];
  }

  const found = dashboards.find((one) => String(one.id) === id);
  if (!found) return [404, { title: 'Not Found', status: 404, detail: 'The project has no dashboard with this number.' }];
  if (rest === '/shares') return method === 'GET' ? [200, found.id === 1 ? shares : []] : [201, { share: { ...shares[0], ...body, id: 9 }, token: 'hrs_Jx4qWkTz81LmPq0vYbNc7RdHsE5uGiOa2fXjK9wC' }];
  const tile = found.tiles.find((one) => `/tiles/${one.id}` === rest);
  if (tile) return tile.query.filters?.some((one) => one.values.includes('slow')) ? 'never' : answered(tile, answers, asked);
  if (method === 'PATCH') Object.assign(found, body, { version: found.version + 1 });
  return [200, found];
}

/** What a link opens: the first of the dashboards. */
export function answerShared(pathname, asked, answers) {
  const [, token, tile] = /^\/api\/shared\/([^/]+)(?:\/tiles\/(\d+))?$/.exec(pathname) ?? [];
  if (token === 'gone') return [404, { title: 'Not Found', status: 404, detail: 'This link opens nothing: it was mistyped or revoked.' }];
  const [board] = dashboards;
  if (tile) return answered(board.tiles.find((one) => String(one.id) === tile), answers, asked);
  return [200, { ...board, timeZone: 'Europe/Berlin', ranges: [{ last: 24, unit: 'hour' }, { last: 7, unit: 'day' }, range], tiles: board.tiles.map(({ query, ...one }) => one) }];
}
