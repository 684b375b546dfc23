// Dashboards that fill themselves from the events that have arrived. Pure. A template asks for roles (who signs up, who
// buys) and finds the event of each by the names that products use; a tile whose role nobody plays is left out and said.
import type { FunnelQuery, InsightQuery, NewTile, PropertyFilter, SessionProperty, TileDisplay, TrendsQuery, WebQuery } from '../api/types';
import { eventLabel } from '../lib/format';
import { placeFor, type Place } from './grid';

export type Role = 'view' | 'signUp' | 'checkout' | 'purchase' | 'product' | 'cart' | 'subscribe' | 'cancel' | 'action';

export const roleLabels: Readonly<Record<Role, string>> = {
  view: 'page views',
  signUp: 'sign-ups',
  checkout: 'the start of a checkout',
  purchase: 'purchases',
  product: 'views of a product',
  cart: 'additions to a cart',
  subscribe: 'the start of a subscription',
  cancel: 'the end of a subscription',
  action: 'what persons do in the product',
};

/** By what a name is made of, whichever way it is written: "Signed Up", "user_signed_up", "userSignedUp". */
const patterns: Readonly<Record<Exclude<Role, 'action'>, RegExp>> = {
  view: /^(\$?page ?view(ed)?|viewed page|page|\$screen)$/,
  signUp: /^((user|account) )?(sign(ed)? ?up|registered|registration( completed)?|created)$|^(account|user) (created|registered|sign up)$|^sign ?up (completed|finished)$/,
  checkout: /^(begin checkout|checkout (started|begun|initiated)|started checkout|initiate checkout)$/,
  purchase: /^(purchase(d|s)?|(order|checkout|purchase) (paid|placed|completed)|payment (succeeded|completed|received)|(charge|invoice) (paid|succeeded)|completed (order|purchase))$/,
  product: /^(product (viewed|view)|view(ed)? (item|product)|product detail viewed)$/,
  cart: /^(add(ed)? to (cart|basket|bag)|product added( to (cart|basket))?|(cart|basket) added)$/,
  subscribe: /^(subscribed?|subscription (started|created|activated)|(plan )?upgraded|trial started)$/,
  cancel: /^(unsubscribed|subscription (cancel+ed|ended|expired)|churned|(plan )?downgraded)$/,
};

export type Found = Readonly<Partial<Record<Role, string>>>;

/** The words of a name, in lower case with one space between. */
export function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[^\p{L}\p{N}$]+/gu, ' ').trim().toLowerCase();
}

/** Who plays each role; of several, the most frequent. */
export function findRoles(events: readonly { name: string; count: number }[]): Found {
  const byCount = [...events].sort((a, b) => b.count - a.count);
  const found: Partial<Record<Role, string>> = {};
  for (const role of Object.keys(patterns) as Exclude<Role, 'action'>[]) {
    const event = byCount.find((one) => patterns[role].test(words(one.name)));
    if (event) found[role] = event.name;
  }

  // What the SDKs send by themselves says little about a product.
  const taken = new Set(Object.values(found));
  const action = byCount.find((one) => !one.name.startsWith('$') && !taken.has(one.name));
  if (action) found.action = action.name;
  return found;
}

interface TileDraft {
  title: string;
  needs: readonly Role[];
  width: number;
  height: number;
  display?: TileDisplay;
  /** Null where something else than a role is missing. */
  query: (found: Record<Role, string>, amount: string | null) => InsightQuery | null;
}

export interface Template {
  key: 'web' | 'product' | 'saas' | 'shop';
  name: string;
  description: string;
  tiles: readonly TileDraft[];
}

const month = { last: 30, unit: 'day' } as const;
const quarter = { last: 90, unit: 'day' } as const;

interface Extra {
  breakdown?: string;
  limit?: number;
  property?: string;
  name?: string;
  range?: typeof month | typeof quarter;
  interval?: 'day' | 'week';
  filters?: PropertyFilter[];
}

function trend(event: string | null, math: TrendsQuery['series'][number]['math'], extra: Extra = {}): TrendsQuery {
  return {
    kind: 'trends',
    series: [{ event, math, property: extra.property ?? null, name: extra.name ?? null, filters: [] }],
    range: extra.range ?? month,
    interval: extra.interval ?? 'day',
    filters: extra.filters ?? [],
    breakdown: extra.breakdown === undefined ? null : { property: extra.breakdown, limit: extra.limit ?? 8 },
    compare: extra.breakdown === undefined,
  };
}

function funnel(events: readonly string[], days: number): FunnelQuery {
  return {
    kind: 'funnel',
    steps: events.map((event) => ({ event, name: null, optional: false, filters: [] })),
    exclusions: [],
    order: 'ordered',
    window: { count: days, unit: 'day' },
    range: month,
    filters: [],
    breakdown: null,
    view: 'steps',
    interval: 'day',
  };
}

function retention(start: string, back: string | null, interval: 'day' | 'week'): InsightQuery {
  return {
    kind: 'retention',
    start: { event: start, name: null, filters: [] },
    return: { event: back, name: null, filters: [] },
    range: interval === 'week' ? quarter : month,
    interval,
    intervals: interval === 'week' ? 8 : 7,
    cohortBy: 'first_matching',
    mode: 'calendar',
    minimumReturns: 1,
    brackets: [],
    filters: [],
    breakdown: null,
  };
}

function web(more: Partial<WebQuery>): WebQuery {
  return { kind: 'web', range: month, interval: 'day', filters: [], compare: true, parts: [], lists: [], ...more };
}

/** Whoever visited, by something that their visits have. */
const visitors = (title: string, by: SessionProperty, width: number, display: TileDisplay = 'table', limit = 10): TileDraft =>
  ({ title, needs: ['view'], width, height: 5, display, query: () => web({ lists: [{ by, limit }] }) });

const number = (title: string, needs: readonly Role[], query: TileDraft['query'], width = 3): TileDraft => ({ title, needs, width, height: 2, display: 'number', query });

const revenue = (title: string, display: TileDisplay, width: number, height: number): TileDraft =>
  ({ title, needs: ['purchase'], width, height, display, query: (found, amount) => (amount === null ? null : trend(found.purchase, 'sum', { property: amount, name: 'Revenue' })) });

/** The tiles that name no event of the product's own, so that they are there for everybody. */
const activity: readonly TileDraft[] = [
  { title: 'Active persons', needs: [], width: 8, height: 5, query: () => trend(null, 'unique_persons', { name: 'Active persons' }) },
  { title: 'New, returning and gone', needs: [], width: 4, height: 5, query: () => ({ kind: 'lifecycle', activity: { event: null, name: null, filters: [] }, range: quarter, interval: 'week', filters: [], breakdown: null }) },
];

export const templates: readonly Template[] = [
  {
    key: 'web',
    name: 'Website',
    description: 'Visitors, pages, where they come from and with what',
    tiles: [
      { title: 'Visits', needs: ['view'], width: 12, height: 5, query: () => web({ parts: ['totals', 'series'] }) },
      visitors('Pages', 'page', 6),
      visitors('Channels', 'channel', 6),
      visitors('Visitors by country', 'country', 6, 'map', 250),
      visitors('Sources', 'source', 6),
      visitors('Entry pages', 'entry_page', 4),
      visitors('Devices', 'device', 4),
      visitors('Browsers', 'browser', 4),
    ],
  },
  {
    key: 'product',
    name: 'Product',
    description: 'Who is active, what they do, and who comes back',
    tiles: [
      number('Active in this time', [], () => trend(null, 'unique_persons', { name: 'Active persons' }), 4),
      number('Active within 7 days', [], () => trend(null, 'weekly_active', { name: 'Active within 7 days' }), 4),
      number('Active within 30 days', [], () => trend(null, 'monthly_active', { name: 'Active within 30 days' }), 4),
      ...activity,
      { title: 'What they do most', needs: [], width: 6, height: 5, display: 'table', query: () => trend(null, 'total', { breakdown: 'event', limit: 12 }) },
      { title: 'Who does it', needs: ['action'], width: 6, height: 5, query: (found) => trend(found.action, 'unique_persons', { name: eventLabel(found.action) }) },
      { title: 'Who comes back', needs: ['action'], width: 8, height: 5, query: (found) => retention(found.action, found.action, 'week') },
      { title: 'On how many days', needs: ['action'], width: 4, height: 5, query: (found) => ({ kind: 'stickiness', series: [{ event: found.action, name: null, filters: [] }], range: month, interval: 'day', cumulative: false, filters: [], breakdown: null }) },
    ],
  },
  {
    key: 'saas',
    name: 'SaaS',
    description: 'From the first visit to a paying customer who stays',
    tiles: [
      number('Visitors', ['view'], (found) => trend(found.view, 'unique_persons', { name: 'Visitors' })),
      number('Sign-ups', ['signUp'], (found) => trend(found.signUp, 'total', { name: 'Sign-ups' })),
      number('Purchases', ['purchase'], (found) => trend(found.purchase, 'total', { name: 'Purchases' })),
      revenue('Revenue', 'number', 3, 2),
      { title: 'From visit to purchase', needs: ['view', 'signUp', 'purchase'], width: 6, height: 6, query: (found) => funnel([found.view, found.signUp, found.purchase], 30) },
      { title: 'Sign-ups by channel', needs: ['signUp'], width: 6, height: 6, display: 'bar', query: (found) => trend(found.signUp, 'total', { breakdown: '$channel', limit: 6 }) },
      { title: 'Who comes back after signing up', needs: ['signUp'], width: 12, height: 6, query: (found) => retention(found.signUp, null, 'week') },
      ...activity,
      { title: 'New subscriptions', needs: ['subscribe'], width: 6, height: 4, query: (found) => trend(found.subscribe, 'total', { name: 'Subscriptions' }) },
      { title: 'Cancellations', needs: ['cancel'], width: 6, height: 4, query: (found) => trend(found.cancel, 'total', { name: 'Cancellations' }) },
    ],
  },
  {
    key: 'shop',
    name: 'Shop',
    description: 'Orders, revenue, and where buyers are lost',
    tiles: [
      revenue('Revenue', 'number', 3, 2),
      number('Orders', ['purchase'], (found) => trend(found.purchase, 'total', { name: 'Orders' })),
      number('Buyers', ['purchase'], (found) => trend(found.purchase, 'unique_persons', { name: 'Buyers' })),
      { ...number('Value of an order', ['purchase'], (found, amount) => (amount === null ? null : trend(found.purchase, 'average', { property: amount, name: 'Value of an order' }))) },
      revenue('Revenue by day', 'bar', 12, 5),
      { title: 'From product to order', needs: ['product', 'cart', 'purchase'], width: 6, height: 6, query: (found) => funnel([found.product, found.cart, ...(found.checkout ? [found.checkout] : []), found.purchase], 7) },
      { title: 'From checkout to order', needs: ['checkout', 'purchase'], width: 6, height: 6, query: (found) => funnel([found.checkout, found.purchase], 7) },
      { title: 'Orders by channel', needs: ['purchase'], width: 6, height: 5, display: 'bar', query: (found) => trend(found.purchase, 'total', { breakdown: '$channel', limit: 6 }) },
      { title: 'Orders by country', needs: ['purchase'], width: 6, height: 5, display: 'table', query: (found) => trend(found.purchase, 'total', { breakdown: '$geoip_country_code', limit: 10 }) },
      { title: 'Who buys again', needs: ['purchase'], width: 12, height: 5, query: (found) => retention(found.purchase, found.purchase, 'week') },
    ],
  },
];

export interface Filled {
  tiles: NewTile[];
  /** What was looked for and not found, in words, with the tiles that it cost. */
  missing: { what: string; tiles: string[] }[];
}

/** The tiles of a template that the events found can fill. */
export function fill(template: Template, found: Found, amount: string | null): Filled {
  const tiles: NewTile[] = [];
  const missing = new Map<string, string[]>();
  for (const draft of template.tiles) {
    const lacking = draft.needs.filter((role) => found[role] === undefined).map((role) => roleLabels[role]);
    const query = lacking.length === 0 ? draft.query(found as Record<Role, string>, amount) : null;
    if (query === null && lacking.length === 0) lacking.push('a number property of purchases, such as amount');
    for (const what of lacking) missing.set(what, [...(missing.get(what) ?? []), draft.title]);
    if (query === null) continue;
    const places: Place[] = tiles.map((one, index) => ({ ...one, id: index }));
    tiles.push({ title: draft.title, query, display: draft.display ?? 'line', width: draft.width, height: draft.height, ...placeFor(places, draft.width, draft.height) });
  }

  return { tiles, missing: [...missing].map(([what, titles]) => ({ what, tiles: titles })) };
}

const amounts = ['revenue', 'amount', 'total', 'value', 'price', 'order_value', 'total_price', '$revenue'];

/** The property that most likely says how much was paid. */
export function findAmount(properties: readonly { name: string; kinds: readonly string[] }[]): string | null {
  const numbers = properties.filter((one) => one.kinds.includes('number')).map((one) => one.name);
  return amounts.find((name) => numbers.includes(name)) ?? numbers.find((name) => /(revenue|amount|total|price)/i.test(name)) ?? null;
}
