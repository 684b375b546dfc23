import { describe, expect, it } from 'vitest';
import { findPlaces, personsWith, placesOf } from './places';
import { parseRoute } from './routes';

const places = placesOf({
  project: '7',
  views: [{ label: 'Home', address: '/projects/7/home' }, { label: 'Capacity', address: '/capacity' }],
  dashboards: [{ id: 3, name: 'Weekly sign-ups' }, { id: 4, name: 'Site' }],
  sections: [['keys', 'Keys'], ['retention', 'Data retention']],
  projects: [{ id: '7', name: 'Shop' }, { id: '9', name: 'Docs site' }],
});
const found = (typed: string) => findPlaces(places, typed).map((one) => one.label);

describe('places', () => {
  it('are all of this app, each once, without the project that is open', () => {
    expect(new Set(places.map((one) => one.value)).size).toBe(places.length);
    for (const { value } of places) expect(parseRoute(value.split(/[?#]/, 1)[0] ?? '').name).not.toBe('unknown');
    expect(found('shop')).toEqual([]);
  });

  it('are all there before anything is typed', () => {
    expect(findPlaces(places, ' ')).toEqual(places);
  });

  it('are found by the beginning of their name first, then by a word, then by a part', () => {
    expect(found('ret')).toEqual(['Retention', 'Data retention']);
    expect(found('site')).toEqual(['Site', 'Docs site']);
    expect(found('ign')).toEqual(['Weekly sign-ups']);
  });

  it('are found by what they are too, and by words in any order', () => {
    expect(found('dashboard site')).toEqual(['Site']);
    expect(found('settings keys')).toEqual(['Keys']);
  });

  it('lead to persons by what was typed', () => {
    expect(personsWith('7', 'ada & co').value).toBe('/projects/7/persons?search=ada+%26+co');
  });
});
