// Pictures of every view, in both themes and two sizes, and an accessibility check of each; the pictures are for
// looking at, not for committing.  node dev/screens.mjs OUT [name-filter]      (needs a build, and Debian's Chromium)
import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const out = process.argv[2] ?? path.join(tmpdir(), 'headroom-screens');
const only = process.argv[3] ?? '';
await mkdir(out, { recursive: true });
const axe = await readFile(path.join(import.meta.dirname, '../node_modules/axe-core/axe.min.js'), 'utf8');
const options = { in: ['--signed-in'], out: [], setup: ['--setup'], empty: ['--signed-in', '--empty'], none: ['--signed-in', '--none'], full: ['--signed-in', '--full'], alerts: ['--signed-in', '--alerts'] };
const servers = [];
const mocks = {};
await Promise.all(Object.entries(options).map(async ([name, flags]) => {
  const server = spawn(process.execPath, [path.join(import.meta.dirname, 'mock.mjs'), '--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(server);
  const line = await new Promise((resolve) => server.stdout.once('data', resolve));
  mocks[name] = String(line).trim().replace('mock on ', '');
}));

const s = (series) => `s=${encodeURIComponent(JSON.stringify(series))}`;
const funnelSteps = [{ event: '$pageview' }, { event: 'product_viewed', optional: true }, { event: 'added_to_cart', where: [['price', 'greater_than', '20']] }, { event: 'order_paid', name: 'Paid' }];
const funnel = `/projects/1/insights/funnel?${funnelSteps.map(s).join('&')}`;
const exclusion = `x=${encodeURIComponent(JSON.stringify({ event: 'signed_up', between: [1, 3] }))}`;
/** Presses the middle of a chart: a finger's first press only shows its values. */
async function pressChart(page) {
  const chart = page.getByRole('slider');
  const { width, height } = await chart.boundingBox();
  const position = { x: width / 2, y: height / 2 };
  if (page.viewportSize().width < 600) await chart.tap({ position });
  await (page.viewportSize().width < 600 ? chart.tap({ position }) : chart.click({ position }));
  await page.getByTestId('persons-panel').waitFor();
}
const pressCell = (table, number) => async (page) => {
  await page.getByTestId(table).locator('[data-cell]').nth(number).click();
  await page.getByTestId('persons-panel').waitFor();
};
const screens = [
  ['setup', 'setup', '/setup'],
  ['sign-in', 'out', '/sign-in', async (page) => {
    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
  }],
  ['first-project', 'none', '/'],
  ['home', 'in', '/projects/1/home?range=30d', async (page) => {
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowLeft');
  }],
  ['home-filtered', 'in', `/projects/1/home?metric=bounceRate&places=region&f=${encodeURIComponent('["$geoip_country_code","is","DE"]')}&f=${encodeURIComponent('["$source","is_not_set"]')}`],
  ['home-product', 'in', '/projects/1/home?view=product&range=30d'],
  ['home-details', 'in', '/projects/1/home', (page) => page.getByTestId('details-places').click()],
  ['home-by-property', 'in', '/projects/1/home?list=person.plan', (page) => page.getByTestId('card-property').scrollIntoViewIfNeeded()],
  ['home-choose-property', 'in', '/projects/1/home', async (page) => {
    await page.getByTestId('choose-list-property').click();
    await page.getByTestId('list-property').click();
  }],
  ['home-persons', 'in', '/projects/1/home', pressCell('card-pages', 1)],
  ['home-add', 'in', '/projects/1/home', (page) => page.getByTestId('add-to-dashboard').click()],
  ['home-edit', 'in', '/projects/1/home?view=web&tile=1.17', (page) => page.getByTestId('save-tile').waitFor()],
  ['home-annotate', 'in', '/projects/1/home', (page) => page.getByTestId('annotate').click()],
  ['home-nothing', 'in', `/projects/1/home?f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['home-error', 'in', `/projects/1/home?f=${encodeURIComponent('["$browser","is","refused"]')}`],
  ['home-loading', 'in', `/projects/1/home?f=${encodeURIComponent('["$browser","is","slow"]')}`],
  ['home-empty', 'empty', '/projects/1/home'],
  ['live', 'in', '/projects/1/live', (page) => page.waitForTimeout(2_000)],
  ['live-empty', 'empty', '/projects/1/live'],
  ['live-event', 'in', '/projects/1/live', async (page) => {
    await page.getByTestId('pause').click();
    await page.getByTestId('live-events').getByRole('button').nth(3).click();
    await page.getByTestId('copy-json').waitFor();
  }],
  ['trends', 'in', '/projects/1/insights/trends'],
  ['trends-map', 'in', '/projects/1/insights/trends?chart=map&by=$geoip_country_code', (page) => page.getByTestId('world-map').locator('[data-code=US]').hover()],
  ['trends-breakdown', 'in', `/projects/1/insights/trends?${s({ event: '$pageview' })}&${s({ event: 'order_paid', math: 'sum', of: 'amount', name: 'Revenue', where: [['currency', 'is', 'EUR']] })}&range=30d&by=%24browser&compare=1`, async (page) => {
    await page.getByRole('slider').hover({ position: { x: 200, y: 120 } });
  }],
  ['trends-bar', 'in', `/projects/1/insights/trends?range=30d&chart=bar&by=%24os&f=${encodeURIComponent('["$browser","is","Chrome","Safari"]')}`, async (page) => {
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
  }],
  ['trends-picker', 'in', '/projects/1/insights/trends', async (page) => {
    await page.getByTestId('event-picker').click();
    await page.getByRole('combobox', { name: 'Event of series A' }).fill('o');
    await page.waitForTimeout(400);
  }],
  ['trends-range', 'in', '/projects/1/insights/trends', (page) => page.getByTestId('range').click()],
  ['trends-empty', 'in', `/projects/1/insights/trends?f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['trends-error', 'in', `/projects/1/insights/trends?f=${encodeURIComponent('["$browser","is","refused"]')}`],
  ['trends-loading', 'in', `/projects/1/insights/trends?f=${encodeURIComponent('["$browser","is","slow"]')}`],
  ['trends-values', 'in', `/projects/1/insights/trends?f=${encodeURIComponent('["$browser","is","Chrome","Safari"]')}`, async (page) => {
    await page.getByTestId('value-picker').click();
    await page.waitForTimeout(400);
  }],
  ['trends-table', 'in', `/projects/1/insights/trends?range=30d&by=%24browser&compare=1`, (page) => page.getByTestId('trends-table').scrollIntoViewIfNeeded()],
  ['trends-maths', 'in', `/projects/1/insights/trends?${s({ event: 'order_paid', math: 'median_per_person', of: 'amount' })}&${s({ event: '$pageview', math: 'weekly_active' })}&formula=${encodeURIComponent('["B / A * 100","Rate"]')}&points=7`],
  ['share-sql', 'in', '/projects/1/insights/paths?start=%2Fcart', (page) => page.getByTestId('share').click()],
  ['panel', 'in', '/projects/1/insights/trends?range=30d&by=%24browser&compare=1', pressChart],
  ['panel-person', 'in', '/projects/1/insights/trends', async (page) => {
    await pressChart(page);
    await page.getByTestId('persons').getByRole('button').nth(2).click();
    await page.getByTestId('journey').getByRole('button').nth(1).click();
  }],
  ['panel-name', 'in', '/projects/1/insights/trends', async (page) => {
    await pressChart(page);
    await page.getByTestId('save-cohort').click();
  }],
  ['panel-saved', 'in', '/projects/1/insights/trends', async (page) => {
    await pressChart(page);
    await page.getByTestId('save-cohort').click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByTestId('cohort-saved').waitFor();
  }],
  ['panel-refused', 'in', `/projects/1/insights/trends?f=${encodeURIComponent('["$browser","is","unlisted"]')}`, pressChart],
  ['panel-nobody', 'in', '/projects/1/insights/lifecycle', pressCell('trends-table', 22)],
  ['panel-retention', 'in', '/projects/1/insights/retention', pressCell('retention-table', 9)],
  ['panel-stickiness', 'in', '/projects/1/insights/stickiness', pressCell('stickiness-picture', 0)],
  ['panel-funnel', 'in', `${funnel}`, pressCell('funnel-steps', 2)],
  ['panel-paths', 'in', '/projects/1/insights/paths', pressCell('paths-table', 0)],
  ['funnel-new', 'in', '/projects/1/insights/funnel'],
  ['funnel', 'in', `${funnel}`],
  ['funnel-more', 'in', `${funnel}&${exclusion}&range=30d&by=%24browser&of=step:2&f=${encodeURIComponent('["$os","is_not","Linux"]')}`],
  ['funnel-times', 'in', `${funnel}&view=time_to_convert`],
  ['funnel-times-by', 'in', `${funnel}&view=time_to_convert&by=%24browser&top=3`],
  ['funnel-over-time', 'in', `${funnel}&view=over_time&range=30d&by=%24browser&top=3`],
  ['funnel-empty', 'in', `${funnel}&f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['funnel-error', 'in', `${funnel}&f=${encodeURIComponent('["$browser","is","refused"]')}`],
  ['funnel-loading', 'in', `${funnel}&f=${encodeURIComponent('["$browser","is","slow"]')}`],
  ['retention', 'in', '/projects/1/insights/retention?range=30d'],
  ['retention-by', 'in', `/projects/1/insights/retention?range=90d&by=%24browser&cohort=first_ever&mode=rolling&show=%3DSafari&back=${encodeURIComponent(JSON.stringify({ event: 'order_paid', where: [['currency', 'is', 'EUR']] }))}`],
  ['retention-triangle', 'in', '/projects/1/insights/retention', (page) => page.getByTestId('retention-table').scrollIntoViewIfNeeded()],
  ['retention-empty', 'in', `/projects/1/insights/retention?f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['retention-brackets', 'in', '/projects/1/insights/retention?brackets=1,3,7', (page) => page.getByTestId('share').click()],
  ['sessions', 'in', '/projects/1/insights/sessions?range=30d&by=channel&compare=1'],
  ['sessions-by-property', 'in', '/projects/1/insights/sessions?range=30d&by=event_property&property=person.plan&compare=1'],
  ['sessions-by-cohort', 'in', '/projects/1/insights/sessions?range=30d&by=event_property&property=cohort.1&chart=bar'],
  ['sessions-choose-property', 'in', '/projects/1/insights/sessions?by=event_property', (page) => page.getByTestId('breakdown').click()],
  ['sessions-empty', 'in', `/projects/1/insights/sessions?f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['lifecycle', 'in', '/projects/1/insights/lifecycle?range=30d', async (page) => {
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowLeft');
  }],
  ['lifecycle-empty', 'in', `/projects/1/insights/lifecycle?f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['stickiness', 'in', '/projects/1/insights/stickiness'],
  ['stickiness-more', 'in', `/projects/1/insights/stickiness?${s({ event: '$pageview' })}&${s({ event: 'order_paid', where: [['currency', 'is', 'EUR']] })}&range=30d&cumulative=1`],
  ['stickiness-by', 'in', '/projects/1/insights/stickiness?range=30d&by=%24browser&top=3', async (page) => {
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
  }],
  ['panel-stickiness-by', 'in', '/projects/1/insights/stickiness?by=%24browser&top=3', pressChart],
  ['lifecycle-by', 'in', '/projects/1/insights/lifecycle?range=30d&by=%24browser&show=%3DFirefox'],
  ['paths-by', 'in', '/projects/1/insights/paths?by=%24browser&show=%3DFirefox'],
  ['stickiness-empty', 'in', `/projects/1/insights/stickiness?f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['paths', 'in', '/projects/1/insights/paths'],
  ['paths-more', 'in', `/projects/1/insights/paths?range=30d&steps=7&include=events&include=pages&start=%2F&leave=%2Fcart&group=%2Fproducts%2F*`],
  ['paths-open', 'in', '/projects/1/insights/paths', (page) => page.getByTestId('flow').getByRole('button').nth(2).click()],
  ['paths-empty', 'in', `/projects/1/insights/paths?f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['persons', 'in', '/projects/1/persons'],
  ['persons-open', 'in', '/projects/1/persons?search=user&cohort=3', async (page) => {
    await page.getByTestId('persons').getByRole('button').nth(1).click();
    await page.getByTestId('journey').waitFor();
  }],
  ['persons-none', 'in', '/projects/1/persons?search=nobody'],
  ['persons-empty', 'empty', '/projects/1/persons'],
  ['cohorts', 'in', '/projects/1/cohorts'],
  ['cohorts-rename', 'in', '/projects/1/cohorts', (page) => page.getByRole('button', { name: 'Rename Dropped off before step 2, Added to the cart' }).click()],
  ['cohorts-delete', 'in', '/projects/1/cohorts', (page) => page.getByRole('button', { name: 'Delete Busy this month' }).click()],
  ['cohorts-empty', 'empty', '/projects/1/cohorts'],
  ['cohort-new', 'in', '/projects/1/cohorts', async (page) => {
    await page.getByTestId('new-cohort').click();
    await page.getByTestId('add-person').click();
  }],
  ['cohort-change', 'in', '/projects/1/cohorts', (page) => page.getByRole('button', { name: 'Change Busy this month' }).click()],
  ['more-views', 'in', '/projects/1/events', async (page) => {
    if (page.viewportSize().width < 600) await page.getByTestId('more-views').click();
  }],
  ['cohort-filter', 'in', `/projects/1/insights/trends?by=cohort.4&f=${encodeURIComponent('["cohort.3","is_not","true"]')}`],
  ['events', 'in', `/projects/1/events?f=${encodeURIComponent('["$browser","is","Chrome"]')}`],
  ['events-open', 'in', '/projects/1/events?open=01930000-0000-7000-8000-000000000005', (page) => page.getByTestId('copy-json').waitFor()],
  ['events-none', 'in', `/projects/1/events?f=${encodeURIComponent('["$browser","is","nothing"]')}`],
  ['sql', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill('SELECT browser, count(*) AS views, avg(amount) AS revenue\nFROM events\nGROUP BY browser\nORDER BY views DESC');
    await page.keyboard.press('Control+Enter');
    await page.getByTestId('sql-result').waitFor();
  }],
  ['sql-chart', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill('SELECT date, event, count(*) AS n FROM events GROUP BY ALL');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('radio', { name: 'Chart' }).click({ force: true });
    await page.getByTestId('sql-result').locator('figure').waitFor();
  }],
  ['sql-ranking', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill('SELECT browser, count(*) AS views FROM events GROUP BY browser');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('radio', { name: 'Chart' }).click({ force: true });
  }],
  ['sql-completion', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill('SELECT event, count(*) AS n\nFROM events\nWHERE ');
    await page.keyboard.type('brow');
    await page.getByTestId('sql-completions').waitFor();
  }],
  ['sql-more', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill('SELECT * FROM events');
    await page.keyboard.press('Control+Enter');
    await page.getByTestId('sql-result').waitFor();
  }],
  ['sql-none', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill("SELECT event FROM events WHERE event = 'none'");
    await page.keyboard.press('Control+Enter');
    await page.getByTestId('empty').waitFor();
  }],
  ['sql-error', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill('SELEC event FROM events');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('alert').waitFor();
  }],
  ['sql-running', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill('SELECT slow FROM events');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
  }],
  ['sql-empty', 'empty', '/projects/1/sql'],
  ['sql-history', 'in', '/projects/1/sql', async (page) => {
    await page.getByLabel('Statement').fill('SELECT * FROM events');
    await page.keyboard.press('Control+Enter');
    await page.getByTestId('sql-result').waitFor();
    await page.getByTestId('sql-history').click();
  }],
  ['dashboards', 'in', '/projects/1/dashboards'],
  ['dashboards-empty', 'empty', '/projects/1/dashboards'],
  ['dashboard-new', 'in', '/projects/1/dashboards', async (page) => {
    await page.getByTestId('new-dashboard').click();
    await page.locator('label', { hasText: 'Orders, revenue' }).click();
    await page.getByTestId('template-found').waitFor();
  }],
  ['dashboard', 'in', '/projects/1/dashboards/1', (page) => page.waitForTimeout(800)],
  ['dashboard-web', 'in', '/projects/1/dashboards/1', (page) => page.getByTestId('web-picture').nth(1).scrollIntoViewIfNeeded()],
  ['dashboard-web-narrow', 'in', '/projects/1/dashboards/1', (page) => page.getByTestId('world-map').scrollIntoViewIfNeeded()],
  ['dashboard-arrange', 'in', '/projects/1/dashboards/1', async (page) => {
    await page.getByTestId('arrange').click();
    if (page.viewportSize().width < 600) return;
    const { x, y } = await page.getByTestId('move-tile').nth(4).boundingBox();
    await page.mouse.move(x + 10, y + 10);
    await page.mouse.down();
    await page.mouse.move(x + 300, y + 420, { steps: 6 });
  }],
  ['dashboard-tile', 'in', '/projects/1/dashboards/1', (page) => page.getByTestId('tile-more').nth(4).click()],
  ['dashboard-tile-figure', 'in', '/projects/1/dashboards/1', (page) => page.getByTestId('tile').filter({ hasText: 'Visits' }).getByTestId('tile-more').nth(1).click()],
  ['dashboard-share', 'in', '/projects/1/dashboards/1', (page) => page.getByTestId('share').click()],
  ['dashboard-states', 'in', '/projects/1/dashboards/2', (page) => page.waitForTimeout(4_500)],
  ['dashboard-none', 'in', '/projects/1/dashboards/3'],
  ['dashboard-gone', 'in', '/projects/1/dashboards/99'],
  ['dashboard-add', 'in', '/projects/1/insights/trends', async (page) => {
    await page.getByTestId('add-to-dashboard').click();
    await page.getByTestId('tile-title').waitFor();
  }],
  ['dashboard-edit', 'in', '/projects/1/insights/trends?tile=1.5', (page) => page.getByTestId('save-tile').waitFor()],
  ['dashboard-link', 'out', '/shared/hrs_mock', (page) => page.waitForTimeout(800)],
  ['dashboard-link-gone', 'out', '/shared/gone'],
  ['capacity', 'in', '/capacity'],
  ['capacity-cursor', 'in', '/capacity', async (page) => {
    await page.getByTestId('trend').getByRole('slider').focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowLeft');
  }],
  ['capacity-queries', 'in', '/capacity?flow=queries', (page) => page.getByTestId('trend').scrollIntoViewIfNeeded()],
  ['capacity-storage', 'in', '/capacity?flow=storage', async (page) => {
    await page.getByText('View as table').click();
    await page.getByTestId('trend').scrollIntoViewIfNeeded();
  }],
  ['capacity-words', 'in', '/capacity', (page) => page.getByRole('button', { name: 'What the words mean: Headroom' }).click()],
  ['capacity-chain', 'full', '/capacity', (page) => page.getByTestId('chain').scrollIntoViewIfNeeded()],
  ['capacity-part', 'in', '/capacity?part=writer', (page) => page.getByTestId('history').first().locator('svg').waitFor()],
  ['capacity-advice', 'in', '/capacity', (page) => page.getByTestId('advice').scrollIntoViewIfNeeded()],
  ['capacity-plan', 'in', '/capacity', async (page) => {
    await page.getByTestId('dial-dailyActiveUsers').getByRole('slider').focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('PageUp');
    await page.getByTestId('dial-peak').getByRole('textbox').fill('200');
    await page.getByTestId('what-if').scrollIntoViewIfNeeded();
    await page.waitForTimeout(700);
  }],
  ['capacity-end', 'in', '/capacity', (page) => page.getByTestId('calibration').scrollIntoViewIfNeeded()],
  ['capacity-full', 'full', '/capacity'],
  ['capacity-quiet', 'empty', '/capacity'],
  ['capacity-alone', 'none', '/capacity'],
  ['settings', 'in', '/projects/1/settings'],
  ['settings-end', 'in', '/projects/1/settings', async (page) => {
    await page.waitForTimeout(300);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  }],
  ['alerts', 'alerts', '/projects/1/home', (page) => page.getByText('What to do').first().click()],
  ['alerts-settings', 'alerts', '/projects/1/settings', async (page) => {
    await page.getByTestId('test-alerts').click();
    await page.getByTestId('test-answer').first().waitFor();
    await page.getByTestId('alert-settings').scrollIntoViewIfNeeded();
    await page.evaluate(() => document.getElementById('alerts').scrollIntoView());
  }],
  ['alerts-none', 'empty', '/projects/1/settings', (page) => page.evaluate(() => document.getElementById('alerts').scrollIntoView())],
  ['key-new', 'in', '/projects/1/settings', (page) => page.getByRole('button', { name: /new key|create a key|add a key/i }).first().click()],
  ['key-delete', 'in', '/projects/1/settings', (page) => page.getByRole('button', { name: 'Delete the key Website' }).click()],
  ['start', 'in', '/projects/2/start', (page) => page.waitForTimeout(500)],
  ['help', 'in', '/projects/1/events', async (page) => {
    await page.getByTestId('events').waitFor();
    await page.keyboard.press('?');
  }],
  ['palette', 'in', '/projects/1/events', async (page) => {
    await page.getByTestId('events').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette').waitFor();
  }],
  ['switcher', 'in', '/projects/1/live', (page) => page.getByTestId('project-switcher').locator('visible=true').click()],
  ['account', 'in', '/projects/1/live', (page) => page.getByTestId('account').locator('visible=true').click()],
  ['project-new', 'in', '/projects/1/live', async (page) => {
    await page.getByTestId('project-switcher').locator('visible=true').click();
    await page.getByTestId('create-project').click();
  }],
  ['not-found', 'in', '/projects/99/live'],
];

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
/** What can be pressed and is less than 40 px in a direction; links in running text, and the bars and figures of data, are as they are. */
function smallTargets() {
  return [...document.querySelectorAll('button:not([data-cell]), select, input, [role=option], nav a, label:has(input)')].filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    const inside = one.matches('input') && one.closest('label') !== null;
    return width > 1 && height > 1 && !inside && one.checkVisibility({ visibilityProperty: true }) && (width < 39.5 || height < 39.5);
  }).map((one) => `${one.getAttribute('aria-label') ?? one.textContent.trim().slice(0, 30)} (${one.tagName.toLowerCase()}) ${Math.round(one.getBoundingClientRect().width)}×${Math.round(one.getBoundingClientRect().height)}`);
}

let problems = 0;
for (const [colorScheme, width, height] of [['light', 1440, 900], ['dark', 1440, 900], ['light', 360, 740], ['dark', 360, 740]]) {
  const phone = width < 600;
  const context = await browser.newContext({ colorScheme, viewport: { width, height }, reducedMotion: 'reduce', hasTouch: phone, isMobile: phone });
  for (const [name, mock, address, act] of screens) {
    if (!name.includes(only)) continue;
    const page = await context.newPage();
    const label = `${name}-${colorScheme}-${width}`;
    const complain = (text) => {
      problems++;
      console.log(`${label}: ${text}`);
    };
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !/\b(40[014]|422|429|500)\b/.test(message.text())) complain(message.text());
    });
    page.on('pageerror', (error) => complain(error.message));
    await page.goto(mocks[mock] + address);
    try {
      await page.locator('h1, h2').first().waitFor();
      await page.waitForTimeout(450);
      await act?.(page);
      await page.waitForTimeout(250);
    } catch (error) {
      complain(error.message.split('\n').slice(0, 3).join(' '));
    }
    await page.screenshot({ path: path.join(out, `${label}.png`), fullPage: !phone });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) complain(`scrolls sideways by ${overflow} px`);
    if (phone) for (const small of await page.evaluate(smallTargets)) complain(`small to touch: ${small}`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
    for (const violation of violations) {
      complain(`axe ${violation.impact}: ${violation.id} — ${violation.nodes.map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`);
    }
    await page.close();
  }
  await context.close();
}
await browser.close();
for (const server of servers) server.kill();
console.log(problems === 0 ? `no problems; pictures in ${out}` : `${problems} problems; pictures in ${out}`);
process.exit(problems === 0 ? 0 : 1);
