// The pictures of the tour in docs/, one of each view over the demo; and what is taken out of the app on the way: a picture as
// an image, all events as a file, and a trend as SQL that is put into the SQL view, where its rows are drawn.
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { input } from './input.mjs'
import { host, open, run, signIn, wait } from './visitor.mjs'

mkdirSync(input.pictures, { recursive: true })
const taken = []
await run(tour)

async function tour() {
  const { context, page } = await open({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] })
  const still = () => page.waitForFunction(() => !document.querySelector('main [aria-busy="true"], main [data-stale="true"]'), null, wait)
  const picture = async (name, look = {}) => {
    await still()
    await page.mouse.move(0, 0)
    await page.screenshot({ path: join(input.pictures, `${name}.jpg`), type: 'jpeg', quality: 82, ...look })
    taken.push(`${name}.jpg`)
  }
  const go = (view) => page.goto(`${host}/projects/${input.project}/${view}`)
  const series = (...all) => all.map((one) => `s=${encodeURIComponent(JSON.stringify(one))}`).join('&')

  await page.goto(host)
  await signIn(page)
  await page.getByTestId('number-visitors').locator('strong').waitFor(wait)
  await page.getByTestId('world-map').locator('[data-shade]').first().waitFor(wait)
  await picture('home')
  await picture('home-whole', { fullPage: true })

  await go('live')
  await page.getByTestId('live-events').getByRole('listitem').nth(8).waitFor(wait)
  await picture('live')

  // A trend: its table, its persons, and what leaves the app.
  await go(`insights/trends?range=7d&by=$browser&${series({ event: '$pageview' })}`)
  await page.getByTestId('trends-chart').locator('svg path').first().waitFor(wait)
  await picture('trends')
  await page.getByTestId('share').click()
  const [saved] = await Promise.all([page.waitForEvent('download', wait), page.getByText('Save the picture (PNG)').click()])
  const image = join(input.pictures, 'saved.png')
  await saved.saveAs(image)
  await page.getByText('Picture saved').waitFor(wait)
  // A press within a fifth of a second after the menu has closed is taken for the one that closed it.
  await page.waitForTimeout(500)
  await page.getByTestId('share').click()
  await page.locator('[data-testid="copy-sql"][aria-disabled="false"]').click()
  await page.getByText('SQL copied').waitFor(wait)
  const sql = await page.evaluate(() => navigator.clipboard.readText())

  // A stretch that is drawn over is zoomed into, and left again.
  const box = await page.getByRole('slider').boundingBox()
  await page.mouse.move(box.x + box.width * 0.4, box.y + 60)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.7, box.y + 60, { steps: 4 })
  await page.mouse.up()
  await page.waitForFunction(() => /range=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d/.test(location.search), null, wait)
  const zoomed = new URL(page.url()).searchParams.get('range')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.waitForFunction(() => !location.search.includes('..'), null, wait)
  await still()
  await page.getByRole('slider').click({ position: { x: box.width / 2, y: box.height / 2 } })
  await page.getByTestId('persons-panel').getByTestId('persons').getByRole('button').first().waitFor(wait)
  await picture('drill-down')

  await go('insights/trends?range=7d&chart=map&by=$geoip_country_code')
  await page.getByTestId('world-map').locator('[data-shade]').first().waitFor(wait)
  await picture('map')
  await go(`insights/funnel?range=7d&${series({ event: '$pageview' }, { event: 'signup_started' }, { event: 'signed_up' })}`)
  await page.getByTestId('funnel-steps').getByText('persons').first().waitFor(wait)
  await picture('funnel', { fullPage: true })
  await page.getByTestId('funnel-table').locator('tbody tr').last().locator('[data-cell]').first().click()
  await page.getByTestId('persons-panel').getByTestId('persons').getByRole('button').first().click()
  await page.getByTestId('journey').getByRole('button').first().waitFor(wait)
  await picture('person')
  await go(`insights/retention?range=7d`)
  await page.getByTestId('retention-table').locator('tbody tr').first().waitFor(wait)
  await picture('retention', { fullPage: true })
  await go('insights/paths?range=7d')
  await page.getByTestId('flow').getByRole('button').first().waitFor(wait)
  await picture('paths', { fullPage: true })

  await go('dashboards')
  await page.getByTestId('new-dashboard').click()
  await page.locator('label', { hasText: 'From the first visit' }).click()
  await page.getByRole('button', { name: 'Make the dashboard' }).click()
  await page.getByTestId('dashboard').waitFor(wait)
  await page.waitForFunction(() => [...document.querySelectorAll('[data-testid="tile"]')].every((one) => one.querySelector('[data-answered="true"]') && !one.querySelector('[class*="waiting"]')), null, wait)
  await picture('dashboard')

  await go('events')
  await page.getByTestId('events').getByRole('listitem').first().waitFor(wait)
  await picture('events')

  await go('data')
  await page.getByTestId('event-names').locator('tbody tr').nth(3).waitFor(wait)
  await picture('data')

  // The copied statement answers what the trend said; a name that is begun is completed, and the rows are drawn.
  await go('sql')
  const statement = page.getByLabel('Statement')
  await statement.fill('SELECT event, count(*) AS n FROM events WHERE brow')
  await statement.press('End')
  await page.keyboard.type('s')
  await page.getByTestId('sql-completions').getByRole('option').first().waitFor(wait)
  await picture('sql-completion')
  await page.keyboard.press('Tab')
  await page.keyboard.type(" = 'Chrome' GROUP BY ALL")
  const completed = await statement.inputValue()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Enter')
  await page.getByTestId('sql-result').locator('tbody tr').first().waitFor(wait)
  await statement.fill(sql)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('radio', { name: 'Chart' }).check({ force: true })
  await page.getByTestId('sql-result').locator('figure svg').waitFor(wait)
  await picture('sql')

  await go('settings')
  await page.getByTestId('keys').waitFor(wait)
  await picture('settings')

  // By now the server has been measured for long enough to say what it takes.
  await page.goto(`${host}/capacity`)
  await page.getByTestId('capacity-summary').waitFor(wait)
  await page.getByTestId('plan').getByText(/^This version /).waitFor(wait)
  await picture('capacity', { fullPage: true })

  await go('settings')
  const [file] = await Promise.all([page.waitForEvent('download', wait), page.getByTestId('export-download').click()])
  const events = join(input.pictures, 'events.ndjson.gz')
  await file.saveAs(events)
  const exported = gunzipSync(readFileSync(events)).toString().trimEnd().split('\n').map((line) => JSON.parse(line))
  await context.close()
  return { taken, zoomed, sql, completed, image: statSync(image).size, exported: new Set(exported.map((one) => one.uuid)).size }
}
