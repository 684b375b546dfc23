import type { Ledger } from '../api/types';

/** received = stored + duplicates + rejected + waiting: how far the books are out, 0 when they add up. */
export function difference(ledger: Omit<Ledger, 'removed'>): number {
  return ledger.received - ledger.stored - ledger.duplicates - ledger.rejected - ledger.waiting;
}

/** A domain as the trackers send it: no scheme, no path, lower case; null where it cannot be one. */
export function cleanDomain(text: string): string | null {
  const domain = text.trim().toLowerCase().replace(/^https?:\/\//, '').replace(/[/?#].*$/, '');
  return domain !== '' && domain.length <= 253 && /^[\p{L}\p{N}.:_-]+$/u.test(domain) ? domain : null;
}
