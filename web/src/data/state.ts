// What the Data view shows, and how that stands in the address. Pure.
import { isText } from '../state/texts';

export const tabs = ['events', 'properties', 'problems'] as const;
export type DataTab = (typeof tabs)[number];

/** What a list of names is sorted by; not every list has all of them. */
export const sorts = ['volume', 'name', 'first', 'last', 'hidden'] as const;
export type Sort = (typeof sorts)[number];

export const problemDays = [1, 7, 30] as const;

export interface DataState {
  tab: DataTab;
  search: string;
  sort: Sort;
  /** The other way round than a column is sorted first: the largest, newest, or A. */
  turned: boolean;
  /** The event or property whose details are open. */
  open: string | null;
  /** Of problems. */
  days: (typeof problemDays)[number];
}

export const defaultData: DataState = { tab: 'events', search: '', sort: 'volume', turned: false, open: null, days: 7 };

export function parseData(address: string): DataState {
  const parameters = new URLSearchParams(address);
  const [search, open] = [parameters.get('search'), parameters.get('open')];
  return {
    tab: tabs.find((one) => one === parameters.get('tab')) ?? 'events',
    search: isText(search) ? search : '',
    sort: sorts.find((one) => one === parameters.get('sort')) ?? 'volume',
    turned: parameters.get('turned') === '1',
    open: isText(open) ? open : null,
    days: problemDays.find((one) => String(one) === parameters.get('days')) ?? 7,
  };
}

/** The address of a state, without what is as it is by default. */
export function formatData(state: DataState): string {
  const parameters = new URLSearchParams();
  if (state.tab !== 'events') parameters.set('tab', state.tab);
  if (state.search !== '') parameters.set('search', state.search);
  if (state.sort !== 'volume') parameters.set('sort', state.sort);
  if (state.turned) parameters.set('turned', '1');
  if (state.open !== null) parameters.set('open', state.open);
  if (state.days !== 7) parameters.set('days', String(state.days));
  return parameters.toString();
}

/** What a row is sorted by; texts ascend and numbers descend at first, and what is not known stands last. */
export function sorted<Row>(rows: readonly Row[], by: (row: Row) => string | number | null | undefined, turned: boolean): Row[] {
  const sign = turned ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a) ?? null, by(b) ?? null];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (typeof x === 'string' && typeof y === 'string' ? x.localeCompare(y, undefined, { sensitivity: 'base' }) : Number(y) - Number(x));
  });
}
