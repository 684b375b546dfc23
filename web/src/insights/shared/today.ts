import { useMemo } from 'react';
import { today } from '../../lib/dates';
import { useNow } from '../../lib/now';

/** Noon of the project's present day: "yesterday" changes at midnight, and only then is it another query. */
export function useToday(timeZone: string): Date {
  const day = today(timeZone, new Date(useNow(30_000)));
  return useMemo(() => new Date(`${day}T12:00:00Z`), [day]);
}
