// A person at the app: signs in, reads Home and filters it by a row, watches events arrive, builds a trend with a breakdown, reloads, goes from a point to the persons and
// a person's events, keeps them as a cohort and filters by it, builds a funnel, looks at the contract.
// Once more with nothing but a keyboard, where there is one.
import { join } from 'node:path'
import { input } from './input.mjs'
import { go, hasFocus, host, onPhone, open, run, signIn, wait } from './visitor.mjs'

const who = `${input.size}, ${input.theme}`

await run(async () => ({ ...(await visit()), keyboard: onPhone ? null : await withoutMouse() }))

async function visit() {
  const { context, page, look } = await open()
  await page.goto(host)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor(wait)
  await look('sign-in')
  await signIn(page)

  // Home: the numbers of yesterday, which are compared with the API's; then by a country, and from it to the persons.
  await page.getByTestId('number-visitors').waitFor(wait)
  await page.waitForFunction(() => /\d/.test(document.querySelector('[data-testid="home-online"]')?.textContent ?? ''), null, wait)
  await page.getByTestId('range').click()
  await page.getByRole('button', { name: 'Yesterday' }).click()
  await page.getByTestId('card-places').getByTestId('world-map').locator('[data-shade]').first().waitFor(wait)
  await look('home')
  await page.getByTestId('card-places').getByRole('button', { name: 'Countries', exact: true }).click()
  const home = { all: await homeNumbers(page) }
  await page.getByTestId('annotate').click()
  await page.getByTestId('annotation-text').fill(`Launch (${who})`)
  await page.getByLabel('Day', { exact: true }).fill(await page.getByLabel('Day', { exact: true }).inputValue().then((day) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)))
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByTestId('annotations').getByText(`Launch (${who})`).waitFor(wait)
  await look('home-annotated')
  await page.getByTestId('number-bounceRate').click()
  await page.getByTestId('card-places').getByRole('button', { name: 'Germany' }).click()
  await page.getByTestId('filters').getByRole('button', { name: 'Country is Germany' }).waitFor(wait)
  home.german = await homeNumbers(page)
  home.address = page.url()
  await page.reload()
  home.again = await homeNumbers(page)
  await page.getByTestId('card-pages').locator('td button').first().click()
  home.persons = await page.getByTestId('persons-panel').getByTestId('persons-total').innerText()
  await look('home-persons')
  await page.keyboard.press('Escape')
  await page.getByTestId('persons-panel').waitFor({ ...wait, state: 'detached' })
  await page.getByRole('radio', { name: 'Product' }).check({ force: true })
  await page.getByTestId('card-growth').getByTestId('trends-chart').waitFor(wait)
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="card-events"] tbody tr').length > 1, null, wait)
  await look('home-product')

  // Live: a row that was not there before arrives by itself.
  await go(page, 'Live')
  await page.getByRole('heading', { name: 'Live', exact: true }).waitFor(wait)
  const rows = page.getByTestId('live-events').getByRole('listitem')
  await rows.first().waitFor(wait)
  await page.waitForFunction(() => document.querySelector('[data-testid="live-status"]')?.textContent?.includes('Live'), null, wait)
  const newest = () => document.querySelector('[data-testid="live-events"] li time')?.getAttribute('datetime') ?? ''
  const before = await page.evaluate(newest)
  await page.waitForFunction(
    (than) => (document.querySelector('[data-testid="live-events"] li time')?.getAttribute('datetime') ?? '') !== than, before, wait)
  await page.waitForFunction(() => /\d/.test(document.querySelector('[data-testid="online-now"]')?.textContent ?? ''), null, wait)
  await look('live')

  // Trends: page views of yesterday by browser.
  await go(page, 'Insights')
  await page.getByRole('heading', { name: 'Insights', exact: true }).waitFor(wait)
  await page.getByTestId('range').click()
  await page.getByRole('button', { name: 'Yesterday' }).click()
  await page.getByTestId('breakdown').click()
  await page.getByRole('combobox', { name: 'Property to break down by' }).fill('$browser')
  await page.getByRole('option', { name: /browser/i }).first().click()
  const settled = async () => {
    await page.waitForFunction(() => {
      const result = document.querySelector('[data-testid="trends-result"]')
      return result?.getAttribute('aria-busy') === 'false' && result.getAttribute('data-stale') !== 'true' &&
        document.querySelectorAll('[data-testid="trends-table"] tbody tr').length > 1 &&
        document.querySelector('[data-testid="trends-chart"] svg path')
    }, null, wait)
    return page.evaluate(() => ({
      address: location.href,
      table: document.querySelector('[data-testid="trends-table"]').innerText,
      lines: [...document.querySelectorAll('[data-testid="trends-chart"] svg path')].map((path) => path.getAttribute('d')),
      rows: document.querySelectorAll('[data-testid="trends-table"] tbody tr').length,
    }))
  }
  const built = await settled()
  await look('trends')
  await page.reload()
  const again = await settled()

  // From a point of the chart to the persons behind it, to the events of one, and back; they are kept as a cohort, and the trend is filtered by it.
  const chart = page.getByRole('slider')
  const box = await chart.boundingBox()
  const middle = { position: { x: box.width / 2, y: box.height / 2 } }
  if (onPhone) {
    await chart.tap(middle)
    await page.getByTestId('chart-tooltip').waitFor(wait)
    await chart.tap(middle)
  } else {
    await chart.click(middle)
  }
  const panel = page.getByTestId('persons-panel')
  const persons = panel.getByTestId('persons').getByRole('button')
  await persons.first().waitFor(wait)
  await look('panel')
  const total = await panel.getByTestId('persons-total').innerText()
  await persons.first().click()
  await panel.getByTestId('journey').getByRole('button').first().click()
  const events = await panel.getByTestId('journey').getByRole('listitem').count()
  await look('panel-person')
  await panel.getByRole('button', { name: 'Back to the persons' }).click()
  await persons.first().waitFor(wait)
  const backOnRow = await hasFocus(persons.first())
  const name = `At noon (${who})`
  await panel.getByTestId('save-cohort').click()
  await panel.getByTestId('cohort-name').fill(name)
  await panel.getByRole('button', { name: 'Save', exact: true }).click()
  await panel.getByTestId('cohort-saved').waitFor(wait)
  const saved = await panel.getByTestId('cohort-saved').innerText()
  await look('panel-saved')
  await panel.getByRole('button', { name: 'Filter by it' }).click()
  await panel.waitFor({ ...wait, state: 'detached' })
  await page.getByTestId('filter-row').getByText(name).waitFor(wait)
  await page.waitForFunction(() => {
    const result = document.querySelector('[data-testid="trends-result"]')
    return result?.getAttribute('aria-busy') === 'false' && result.getAttribute('data-stale') !== 'true'
  }, null, wait)
  const drilled = { total, events, backOnRow, saved, name, address: page.url(), table: await page.getByTestId('trends-table').innerText() }

  // The persons and the cohorts on pages of their own.
  await go(page, 'Persons')
  await page.getByTestId('persons').getByRole('button').first().waitFor(wait)
  await look('persons')
  await page.getByRole('link', { name: 'Cohorts', exact: true }).click()
  await page.getByTestId('cohorts').getByText(name).waitFor(wait)
  await page.getByTestId('cohorts').getByText(total).first().waitFor(wait)
  await look('cohorts')
  await page.getByTestId('new-cohort').click()
  const cohort = page.getByTestId('cohort-dialog')
  await cohort.getByTestId('cohort-name').fill(`Noted (${who})`)
  await cohort.getByTestId('event-picker').click()
  await page.getByRole('combobox', { name: 'Event of condition 1' }).fill('note_created')
  await page.getByRole('option', { name: /note_created/ }).first().click()
  await cohort.getByText('In it: who did note_created at least 1 time').waitFor(wait)
  await look('cohort-new')
  await cohort.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByTestId('cohorts').getByText(`Noted (${who})`).waitFor(wait)
  await page.goto(built.address)

  // The other kinds of insight: a funnel of two steps, and the paths between pages. The range comes along.
  await page.getByRole('link', { name: 'Funnel', exact: true }).click()
  await page.getByTestId('event-picker').nth(1).click()
  await page.getByRole('combobox', { name: 'Event of step 2' }).fill('signed_up')
  await page.getByRole('option', { name: /signed_up/ }).first().click()
  await page.getByTestId('funnel-steps').getByText('persons').first().waitFor(wait)
  const funnel = { address: page.url(), rows: await page.getByTestId('funnel-table').locator('tbody tr').allInnerTexts() }
  await look('funnel')
  await page.getByRole('link', { name: 'Paths', exact: true }).click()
  await page.getByTestId('flow').getByRole('button').first().waitFor(wait)
  await look('paths')
  for (const [kind, table] of [['Retention', 'retention-table'], ['Stickiness', 'stickiness-table'], ['Lifecycle', 'trends-table'], ['Sessions', 'sessions-table']]) {
    await page.getByRole('link', { name: kind, exact: true }).click()
    await page.getByTestId(`${kind.toLowerCase()}-result`).waitFor(wait)
    await page.getByTestId(table).locator('tbody tr').first().waitFor(wait)
    await look(kind.toLowerCase())
  }

  // Events and settings, for their looks and their accessibility.
  await go(page, 'Events')
  await page.getByTestId('events').getByRole('listitem').first().waitFor(wait)
  await look('events')
  await go(page, 'SQL')
  await page.getByLabel('Statement').fill("SELECT date_trunc('day', timestamp) AS day, count(*) AS events FROM events GROUP BY day ORDER BY day")
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Enter')
  await page.getByTestId('sql-result').locator('tbody tr').first().waitFor(wait)
  await look('sql')
  await page.getByRole('radio', { name: 'Chart' }).check({ force: true })
  await page.getByTestId('sql-result').locator('figure svg').waitFor(wait)
  await look('sql-chart')
  await go(page, 'Settings')
  await page.getByTestId('keys').waitFor(wait)
  await page.getByTestId('parts').getByRole('listitem').first().waitFor(wait)
  await look('settings')

  // What is unwell is said on every page.
  const wellUntilNow = await page.getByTestId('health').innerText()
  await page.route('**/health/ready', (route) => route.fulfill({
    json: { status: 'not_ready', parts: [{ name: 'event_log', status: 'failing', detail: 'The disk is full.', since: '2026-01-01T00:00:00Z' }] },
  }))
  await page.getByTestId('health').getByText('The disk is full.').waitFor(wait)
  await look('unwell')

  // The contract's page: its own scripts and fonts only. It makes of the operations those that are in sight.
  await page.goto(`${host}/docs`)
  await page.getByRole('heading', { name: 'Leave the project' }).first().waitFor(wait)
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: join(input.screenshots, `docs-${input.size}-${input.theme}.png`) })

  await context.close()
  return { wellUntilNow, home, built, again, drilled, funnel }
}

/** What Home says once nothing of it is being asked for. */
async function homeNumbers(page) {
  await page.getByTestId('number-visitors').locator('strong').waitFor(wait)
  await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"], main [data-stale="true"]'), null, wait)
  return page.evaluate(() => ({
    numbers: Object.fromEntries([...document.querySelectorAll('[data-testid^="number-"]')].map((one) => [one.dataset.testid.slice(7), one.querySelector('strong').textContent])),
    lists: Object.fromEntries(['sources', 'pages', 'places', 'devices', 'events'].map((card) => [
      card, [...document.querySelectorAll(`[data-testid="card-${card}"] tbody tr`)].map((row) => [row.querySelector('th').textContent, row.querySelector('td button').textContent]),
    ])),
  }))
}

// From the sign-in to a trend with a breakdown, with keys alone; the help opens, closes, and gives the focus back.
async function withoutMouse() {
  const { context, page } = await open()
  const keys = page.keyboard
  const tabTo = async (locator, what) => {
    await locator.waitFor(wait)
    for (let presses = 0; presses < 60; presses++) {
      if (await locator.evaluate((element) => element === document.activeElement)) {
        return
      }
      await keys.press('Tab')
    }
    throw new Error(`Tab does not reach ${what}`)
  }

  await page.goto(host)
  await tabTo(page.getByLabel('Email'), 'the e-mail')
  await keys.type(input.email)
  await tabTo(page.getByLabel('Password'), 'the password')
  await keys.type(input.password)
  await keys.press('Enter')

  // Home by keys: a number is charted, and the rows of a list are one stop in which the arrows lead about.
  const bounces = page.getByTestId('number-bounceRate')
  await tabTo(bounces, 'the bounce rate')
  await keys.press('Enter')
  const row = page.getByTestId('card-places').locator('[data-cell]')
  await tabTo(row.first(), 'the first country')
  await keys.press('ArrowDown')
  await keys.press('Enter')
  await page.getByTestId('filters').getByRole('button', { name: /^Country is/ }).waitFor(wait)
  const homeAddress = page.url()
  await keys.press('g')
  await keys.press('i')
  await page.getByRole('heading', { name: 'Insights', exact: true }).waitFor(wait)

  const breakdown = page.getByTestId('breakdown')
  await tabTo(breakdown, 'the breakdown')
  await keys.press('?')
  await page.getByTestId('shortcuts').waitFor(wait)
  await keys.press('Escape')
  await page.getByTestId('shortcuts').waitFor({ ...wait, state: 'detached' })
  const focusCameBack = await hasFocus(breakdown)

  await keys.press('Enter')
  await page.getByRole('combobox', { name: 'Property to break down by' }).waitFor(wait)
  await keys.type('$browser')
  await page.getByRole('option', { name: /browser/i }).first().waitFor(wait)
  await keys.press('Enter')
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="trends-table"] tbody tr').length > 1, null, wait)
  await tabTo(page.getByRole('slider'), 'the chart')
  await keys.press('ArrowLeft')
  await page.getByTestId('chart-tooltip').waitFor(wait)
  const address = page.url()
  await keys.press('Enter')
  await page.getByTestId('persons-panel').getByTestId('persons').waitFor(wait)
  await keys.press('Escape')
  await page.getByTestId('persons-panel').waitFor({ ...wait, state: 'detached' })
  const chartHasFocus = await hasFocus(page.getByRole('slider'))

  // The steps of a funnel change places, and the focus goes with the one that is moved.
  await tabTo(page.getByRole('link', { name: 'Funnel', exact: true }), 'the funnel')
  await keys.press('Enter')
  await tabTo(page.getByRole('button', { name: /^Move step 1/ }), 'the first step')
  await keys.press('ArrowDown')
  const focusMoved = await hasFocus(page.getByRole('button', { name: 'Move step 2, Page view' }))

  // Anywhere by its name: the part of the settings is in sight.
  await keys.press('Control+k')
  await page.getByTestId('palette').waitFor(wait)
  await keys.type('ledger')
  await page.getByRole('option', { name: /^Ledger/ }).waitFor(wait)
  await keys.press('Enter')
  await page.waitForFunction(() => {
    const box = document.getElementById('ledger')?.getBoundingClientRect()
    return box !== undefined && box.top >= 0 && box.top < window.innerHeight
  }, null, wait)
  const wentTo = page.url()
  await context.close()
  return { homeAddress, focusCameBack, address, chartHasFocus, focusMoved, wentTo }
}
