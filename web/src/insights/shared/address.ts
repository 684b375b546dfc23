import { useCallback, useMemo } from 'react';
import { useSearch, useSetSearch } from '../../lib/router';

/** A view whose whole state is the address: what is shown can be sent to somebody, and reloading shows it again. */
export function useAddress<State>(parse: (search: string) => State, format: (state: State) => string): [State, (state: State) => void] {
  const search = useSearch();
  const setSearch = useSetSearch();
  const state = useMemo(() => parse(search), [parse, search]);
  return [state, useCallback((next) => setSearch(kept(search, format(next))), [format, search, setSearch])];
}

/** Which tile of a dashboard an insight is edited for is no part of the insight, and stays while it is. */
function kept(search: string, next: string): string {
  const tile = new URLSearchParams(search).get('tile');
  return tile === null ? next : [next, `tile=${encodeURIComponent(tile)}`].filter((part) => part !== '').join('&');
}
