// The lists of Home: what each is of, and which filter a row stands for. Pure.
import type { SessionProperty, WebList, WebRow } from '../api/types';
import { countryName, countryProperty } from '../lib/countries';
import { eventLabel, propertyLabel } from '../lib/format';
import { cohortId } from '../state/filters';

/** What a tab is called in an address: what its list is by, or that it is drawn as a map. */
export type TabKey = SessionProperty | 'map';

/** What a list is by: something that visits have, or a property of the reader's choice. */
export type ListBy = SessionProperty | { eventProperty: string };

export interface Tab {
  /** The list of the reader's choice is no tab of a card: it has a place of its own in the address. */
  key: TabKey | 'property';
  by: ListBy;
  label: string;
  /** What a row is called, over its column. */
  one: string;
  /** What the list is called where it stands alone. */
  listed: string;
  /** What filters call it. */
  property: string;
  /** What a row without a value is called. */
  none: string;
}

export type CardKey = 'sources' | 'pages' | 'places' | 'devices' | 'events';

export interface Card {
  key: CardKey;
  title: string;
  /** Its first list comes with the key numbers, out of the same scan; others need one of their own. */
  together: boolean;
  tabs: readonly [CardTab, ...CardTab[]];
}

/** A tab of one of the cards. */
export type CardTab = Tab & { key: TabKey; by: SessionProperty };

export const cards: readonly Card[] = [
  {
    key: 'sources', title: 'Sources', together: true, tabs: [
      { key: 'channel', by: 'channel', label: 'Channels', one: 'Channel', listed: 'Channels', property: '$channel', none: 'Not known' },
      { key: 'source', by: 'source', label: 'Sources', one: 'Source', listed: 'Sources', property: '$source', none: 'Direct / none' },
      { key: 'utm_campaign', by: 'utm_campaign', label: 'Campaigns', one: 'Campaign', listed: 'Campaigns', property: 'utm_campaign', none: 'No campaign' },
    ],
  },
  {
    key: 'pages', title: 'Pages', together: false, tabs: [
      { key: 'page', by: 'page', label: 'Top', one: 'Page', listed: 'Pages', property: '$pathname', none: 'Not known' },
      { key: 'entry_page', by: 'entry_page', label: 'Entry', one: 'Entry page', listed: 'Entry pages', property: '$entry_page', none: 'Not known' },
      { key: 'exit_page', by: 'exit_page', label: 'Exit', one: 'Exit page', listed: 'Exit pages', property: '$exit_page', none: 'Not known' },
    ],
  },
  {
    key: 'places', title: 'Places', together: true, tabs: [
      { key: 'map', by: 'country', label: 'Map', one: 'Country', listed: 'Visitors by country', property: countryProperty, none: 'Not known' },
      { key: 'country', by: 'country', label: 'Countries', one: 'Country', listed: 'Countries', property: countryProperty, none: 'Not known' },
      { key: 'region', by: 'region', label: 'Regions', one: 'Region', listed: 'Regions', property: '$geoip_subdivision_1_name', none: 'Not known' },
      { key: 'city', by: 'city', label: 'Cities', one: 'City', listed: 'Cities', property: '$geoip_city_name', none: 'Not known' },
    ],
  },
  {
    key: 'devices', title: 'Devices', together: true, tabs: [
      { key: 'device', by: 'device', label: 'Types', one: 'Device', listed: 'Devices', property: '$device_type', none: 'Not known' },
      { key: 'browser', by: 'browser', label: 'Browsers', one: 'Browser', listed: 'Browsers', property: '$browser', none: 'Not known' },
      { key: 'os', by: 'os', label: 'Systems', one: 'System', listed: 'Operating systems', property: '$os', none: 'Not known' },
    ],
  },
  { key: 'events', title: 'Events', together: false, tabs: [{ key: 'event', by: 'event', label: 'Events', one: 'Event', listed: 'Events of visits', property: 'event', none: 'Not known' }] },
];

export const propertyCard = [
  { property: countryProperty, label: 'Countries', one: 'Country' },
  { property: '$os', label: 'Systems', one: 'System' },
  { property: '$app_version', label: 'Versions', one: 'Version' },
  { property: '$lib', label: 'SDKs', one: 'SDK' },
] as const;

/** Every tab of the cards. */
export const tabs: readonly CardTab[] = cards.flatMap((one) => one.tabs);

/** A list, as a card shows it; what no card has is called as its property. */
export function listOf(by: ListBy): Tab | undefined {
  return typeof by === 'string' ? tabs.find((one) => one.key === by) : propertyTab(by.eventProperty);
}

/** The list of a property of the reader's choice. */
export function propertyTab(property: string): Tab {
  const one = cohortId(property) === null ? propertyLabel(property) : 'Visitors';
  return { key: 'property', by: { eventProperty: property }, label: one, one, listed: cohortId(property) === null ? `Visits by ${one}` : 'Visits by cohort', property, none: 'None' };
}

/** How queries and points say what a list is by. */
export function askedBy(by: ListBy): { by: SessionProperty } | { eventProperty: string } {
  return typeof by === 'string' ? { by } : by;
}

/** How answers say it. */
export function byOf({ by, eventProperty }: { by?: WebList['by'] | undefined; eventProperty?: string | null | undefined }): ListBy {
  return by ?? { eventProperty: eventProperty ?? '' };
}

/** Two lists are by the same where this is. */
export function byKey(by: ListBy): string {
  return typeof by === 'string' ? by : `.${by.eventProperty}`;
}

export function tabOf(key: TabKey): CardTab {
  const tab = tabs.find((one) => one.key === key);
  if (!tab) throw new Error(`There is no list of ${key}.`);
  return tab;
}

export function rowKey({ value }: Pick<WebRow, 'value'>): string {
  return value === null ? 'none' : `=${value}`;
}

/** A value for people: countries by their names. */
export function valueLabel(property: string, value: string | null, none: string, locale?: string): string {
  if (value === null) return none;
  if (property === countryProperty) return countryName(value, locale);
  if (property === 'event') return eventLabel(value);
  if (cohortId(property) !== null) return value === 'true' ? 'In the cohort' : 'Not in it';
  return value === '' ? '(empty)' : value;
}

/** A property as the page calls it. */
export function homeProperty(property: string): string {
  return tabs.find((one) => one.property === property)?.one ?? propertyLabel(property);
}
