import { expect, it } from 'vitest';
import { homeOf } from './projects';

const measures = { id: '1', name: 'Headroom: measures' };
const hours = { id: '2', name: 'Headroom: hours of measures' };
const shop = { id: '3', name: 'Shop' };

it('a reader is led to the project that they looked at last, and to the server’s own only then', () => {
  expect(homeOf([measures, hours, shop], null)).toBe(shop);
  expect(homeOf([measures, hours, shop], '2')).toBe(hours);
  expect(homeOf([measures, shop], 'gone')).toBe(shop);
  expect([homeOf([measures, hours], null), homeOf<typeof shop>([], '1')]).toEqual([undefined, undefined]);
});
