import { describe, expect, it } from 'vitest';
import { fall, overlap, sameLayout } from './grid';
import { fill, findAmount, findRoles, templates, words } from './templates';

const named = (...names: string[]) => names.map((name, index) => ({ name, count: 1_000 - index }));
const template = (key: string) => {
  const found = templates.find((one) => one.key === key);
  if (!found) throw new Error(key);
  return found;
};

describe('events', () => {
  it('are found by what they are called, however that is written', () => {
    expect(words('userSignedUp')).toBe('user signed up');
    expect(findRoles(named('$pageview', 'signed_up', 'Order Completed', 'Product Viewed', 'added_to_cart', 'checkout_started'))).toMatchObject({
      view: '$pageview', signUp: 'signed_up', purchase: 'Order Completed', product: 'Product Viewed', cart: 'added_to_cart', checkout: 'checkout_started',
    });
    expect(findRoles(named('Account Created', 'subscription_cancelled', 'Subscription Started'))).toMatchObject({
      signUp: 'Account Created', cancel: 'subscription_cancelled', subscribe: 'Subscription Started',
    });
    expect(findRoles(named('signup_started')).signUp).toBeUndefined();
  });

  it('of which several fit give the most frequent one, and the product’s own most frequent is what persons do', () => {
    expect(findRoles([{ name: 'purchase', count: 3 }, { name: 'order_paid', count: 90 }, { name: '$autocapture', count: 500 }, { name: 'note_opened', count: 20 }, { name: 'note_shared', count: 40 }])).toEqual({
      purchase: 'order_paid', action: 'note_shared',
    });
  });

  it('say how much was paid by a number', () => {
    expect(findAmount([{ name: 'amount', kinds: ['text'] }, { name: 'price', kinds: ['number'] }])).toBe('price');
    expect(findAmount([{ name: 'cart_total_eur', kinds: ['number'] }])).toBe('cart_total_eur');
    expect(findAmount([{ name: 'plan', kinds: ['text'] }])).toBeNull();
  });
});

describe('templates', () => {
  const all = findRoles(named('$pageview', 'signed_up', 'order_paid', 'product_viewed', 'added_to_cart', 'checkout_started', 'subscription_started', 'subscription_cancelled', 'note_created'));

  it.each(templates.map((one) => one.key))('%s fills itself whole where all events are there, without a gap', (key) => {
    const { tiles, missing } = fill(template(key), all, 'amount');
    expect(missing).toEqual([]);
    expect(tiles).toHaveLength(template(key).tiles.length);
    const places = tiles.map((one, id) => ({ ...one, id }));
    expect(places.filter((one) => places.some((other) => other.id !== one.id && overlap(one, other)))).toEqual([]);
    expect(sameLayout(fall(places), places)).toBe(true);
  });

  it('say what they looked for, and which tiles it costs', () => {
    const { tiles, missing } = fill(template('shop'), findRoles(named('$pageview', 'purchase')), null);
    expect(tiles.map((one) => one.title)).toContain('Orders');
    expect(missing.map((one) => one.what)).toEqual(['a number property of purchases, such as amount', 'views of a product', 'additions to a cart', 'the start of a checkout']);
    expect(missing.find((one) => one.what === 'the start of a checkout')?.tiles).toEqual(['From checkout to order']);
  });

  it('ask for the events that were found', () => {
    const { tiles } = fill(template('saas'), all, 'amount');
    const funnel = tiles.find((one) => one.title === 'From visit to purchase')?.query;
    expect(funnel?.kind === 'funnel' && funnel.steps.map((one) => one.event)).toEqual(['$pageview', 'signed_up', 'order_paid']);
    expect(JSON.stringify(tiles.find((one) => one.title === 'Revenue')?.query)).toContain('"property":"amount"');
  });

  it('are made of tiles without roles even where nothing has arrived', () => {
    expect(fill(template('product'), {}, null).tiles.length).toBeGreaterThan(3);
    expect(fill(template('web'), {}, null)).toEqual({ tiles: [], missing: [{ what: 'page views', tiles: template('web').tiles.map((one) => one.title) }] });
  });
});
