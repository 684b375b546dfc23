import { describe, expect, it } from 'vitest';
import type { EditedQuery, WebQuery } from '../api/types';
import { overviewQuery, listQuery, parseHome } from '../home/state';
import { insightKinds } from '../lib/routes';
import { addressOf, lookOf, queryOf, rangeOf, searchOf, titleOf } from './saved';

const zone = 'Europe/Berlin';
const now = new Date('2026-11-25T12:00:00Z');
const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));

const searches: Record<(typeof insightKinds)[number], string[]> = {
  trends: [
    '',
    `s=${json({ event: 'order_paid', math: 'average_per_person', of: 'amount', name: 'Spent', where: [['currency', 'is', 'EUR', 'USD']] })}&s=${json({ event: null, math: 'weekly_active' })}&formula=${json(['A / B', 'Each'])}&points=7&range=90d&interval=week&f=${json(['$browser', 'is_not', 'Chrome'])}&by=%24os&compare=1&chart=bar`,
  ],
  funnel: [
    `s=${json({ event: '$pageview', name: 'Saw' })}&s=${json({ event: 'product_viewed', optional: true })}&s=${json({ event: 'order_paid', where: [['amount', 'greater_than', '20']] })}&x=${json({ event: 'refund', between: [1, 3] })}&order=ordered&within=2hour&range=2026-11-01..2026-11-20&by=%24browser&of=step%3A2&view=over_time`,
  ],
  retention: [`start=${json({ event: 'signed_up' })}&back=${json({ event: null, where: [['plan', 'is', 'pro']] })}&cohort=first_ever&mode=rolling&interval=week&intervals=12&returns=2&range=90d&by=plan`, 'brackets=1,3,7&unit=company'],
  paths: [`include=pages&include=events&start=%2Fpricing&leave=%2Flegal&group=%2Fblog%2F*&steps=4&edges=25&range=30d&by=cohort.3`],
  stickiness: [`s=${json({ event: 'note_created' })}&s=${json({ event: null })}&cumulative=1&range=30d&by=%24browser&top=5`],
  lifecycle: [`active=${json({ event: 'note_created' })}&interval=week&range=90d&f=${json(['$os', 'is_set'])}&by=person.plan`, 'unit=company'],
  sessions: [`by=channel&top=5&bounce=30&metric=medianSeconds&range=90d&interval=week&f=${json(['$os', 'is', 'Linux'])}&compare=1&chart=bar`, 'by=event_property&property=person.plan&top=3', 'by=event_property&property=cohort.12'],
};

describe('a question that is kept', () => {
  it.each(insightKinds)('of the kind %s comes back to the editor as it was', (kind) => {
    for (const search of searches[kind]) {
      const query = queryOf(kind, search, zone, now);
      expect(query).not.toBeNull();
      if (!query) continue;
      // As the server gives it back: with every member written out, numbers of filters as they were sent.
      const kept = JSON.parse(JSON.stringify({ unit: null, ...query })) as EditedQuery;
      const back = searchOf(kept, lookOf(kind, search), zone, now);
      expect(queryOf(kind, back, zone, now)).toEqual(query);
      expect(lookOf(kind, back)).toEqual(lookOf(kind, search));
      expect(titleOf(kept)).not.toBe('');
    }
  });

  it('has a range that the picker knows, or the days that it is', () => {
    expect(rangeOf({ last: 30, unit: 'day' }, zone, now)).toEqual({ preset: '30d' });
    expect(rangeOf({ last: 14, unit: 'day' }, zone, now)).toEqual({ from: '2026-11-12', to: '2026-11-25' });
    expect(rangeOf({ from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' }, zone, now)).toEqual({ from: '2026-11-01', to: '2026-11-02' });
    expect(rangeOf({ last: 8, unit: 'week' }, zone, now)).toEqual({ from: '2026-10-01', to: '2026-11-25' });
  });

  it('of the web view leads to Home, with the list that it is of and the figure that is drawn', () => {
    const project = { id: '7', timeZone: zone };
    const home = parseHome(`view=web&range=30d&compare=0&metric=bounceRate&f=${json(['$os', 'is', 'Linux'])}`);
    const overview: WebQuery = { ...overviewQuery(home, zone, now), lists: [] };
    const [path, search] = addressOf(project, overview, { display: 'line', figure: home.web }, now, '4.2').split('?');
    expect(path).toBe('/projects/7/home');
    expect(new URLSearchParams(search).get('tile')).toBe('4.2');
    expect(parseHome(search ?? '')).toEqual(home);
    expect(parseHome(addressOf(project, listQuery(home, 'exit_page', zone, now), { display: 'table' }, now).split('?')[1] ?? '').tabs.pages).toBe('exit_page');
    expect(parseHome(addressOf(project, listQuery(home, 'country', zone, now), { display: 'table' }, now).split('?')[1] ?? '').tabs.places).toBe('country');
    expect(parseHome(addressOf(project, listQuery(home, { eventProperty: 'person.plan' }, zone, now), { display: 'table' }, now).split('?')[1] ?? '').listed).toBe('person.plan');
    expect(titleOf(listQuery(home, { eventProperty: 'person.plan' }, zone, now))).toBe('Visits by person.plan');
    expect(titleOf(overview)).toBe('Visits');
    expect(titleOf(listQuery(home, 'exit_page', zone, now))).toBe('Exit pages');
  });
});
