import { describe, expect, it } from 'vitest';
import { cleanDomain, difference } from './ledger';

describe('the ledger', () => {
  it('adds up', () => {
    expect(difference({ received: 10, stored: 6, duplicates: 1, rejected: 2, waiting: 1 })).toBe(0);
    expect(difference({ received: 10, stored: 6, duplicates: 1, rejected: 1, waiting: 1 })).toBe(1);
  });
});

describe('domains', () => {
  it('are what a tracker sends', () => {
    expect(cleanDomain(' https://Example.org/path?x ')).toBe('example.org');
    expect(cleanDomain('localhost:3000')).toBe('localhost:3000');
    expect(cleanDomain('not a domain')).toBeNull();
    expect(cleanDomain('https://')).toBeNull();
  });
});
