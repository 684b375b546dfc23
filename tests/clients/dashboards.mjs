// A person at dashboards: makes one from a template, puts an insight on it, moves its tile by the keyboard, finds it there after a
// reload, shares it, and looks at the link as somebody who is not signed in.
import { input, until } from './input.mjs'
import { go, hasFocus, host, onPhone, open, run, signIn, wait } from './visitor.mjs'

await run(visit)

/** Every tile has its answer. */
async function settled(page, count) {
  await page.waitForFunction((tiles) => {
    const all = [...document.querySelectorAll('[data-testid="tile"]')]
    return all.length >= tiles && all.every((one) => one.querySelector('[data-answered="true"][data-fetching="false"]') && !one.querySelector('[aria-busy="true"], [role="alert"]'))
  }, count, wait)
  // Pictures are loaded when they are first needed.
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="tile"] [class*="waiting"]').length === 0, null, wait)
}

/** Where each tile stands, by its number. */
function layout(page) {
  return page.evaluate(() => Object.fromEntries([...document.querySelectorAll('[data-testid="tile"]')].map((one) =>
    [one.dataset.tile, ['--x', '--y', '--w', '--h'].map((name) => Number(one.style.getPropertyValue(name)))])))
}

/** From now on: what waits until the server has a layout, whichever of the requests before and after brings it. */
function keeping(page) {
  const taken = new Set()
  const text = (places) => JSON.stringify(Object.entries(places).sort(([one], [other]) => one - other))
  page.on('response', (response) => {
    const tiles = response.ok() && response.request().method() === 'PATCH' ? response.request().postDataJSON().tiles : undefined
    if (tiles) taken.add(text(Object.fromEntries(tiles.map((one) => [one.id, [one.x, one.y, one.width, one.height]]))))
  })
  return (places) => until('the layout is kept', () => taken.has(text(places)))
}

async function visit() {
  const { context, page, look } = await open()
  await page.goto(host)
  await signIn(page)
  await go(page, 'Dashboards')

  // From a template, which says what it finds and what it misses.
  await page.getByTestId('new-dashboard').click()
  await page.locator('label', { hasText: 'From the first visit' }).click()
  const found = await page.getByTestId('template-found').innerText()
  await look('dashboard-new')
  await page.getByRole('button', { name: 'Make the dashboard' }).click()
  await page.getByTestId('dashboard').waitFor(wait)
  const made = await page.getByTestId('tile').count()
  await settled(page, made)
  await look('dashboard')
  const address = new URL(page.url()).pathname

  // An insight is put on it.
  await page.goto(`${host}/projects/${input.project}/insights/trends?range=${input.day}..${input.day}`)
  await page.getByTestId('add-to-dashboard').click()
  await page.getByTestId('tile-title').fill('Views of pages')
  await page.getByLabel('Shown as').selectOption('number')
  await look('dashboard-add')
  await page.getByRole('button', { name: 'Add it' }).click()
  await page.getByRole('button', { name: 'Look at it' }).click()
  await page.getByTestId('tile').filter({ hasText: 'Views of pages' }).waitFor(wait)
  await settled(page, made + 1)
  const added = await page.getByTestId('tile').filter({ hasText: 'Views of pages' }).getAttribute('data-tile')
  const shown = await page.locator(`[data-tile="${added}"] [data-testid="figures"] b`).innerText()

  // So is the web view of Home, drawn by the figure that was looked at there.
  await page.goto(`${host}/projects/${input.project}/home?view=web&metric=bounceRate&range=${input.day}..${input.day}`)
  await page.getByTestId('add-to-dashboard').click()
  await page.getByTestId('tile-title').fill('The site')
  await page.getByRole('button', { name: 'Add it' }).click()
  await page.getByRole('button', { name: 'Look at it' }).click()
  const site = page.getByTestId('tile').filter({ hasText: 'The site' })
  // Of the day before the demo has only what came after this time of day, perhaps a single point, which is no line.
  await site.getByTestId('web-picture').locator('svg path').filter({ visible: true }).first().waitFor(wait)
  await settled(page, made + 2)
  const visits = await site.getByTestId('number-visits').locator('strong').innerText()
  const charted = await site.locator('[aria-pressed="true"]').innerText()
  await site.scrollIntoViewIfNeeded()
  await look('dashboard-web')

  // It is moved by the keyboard alone, and each step is told.
  const before = (await layout(page))[added]
  const kept = keeping(page)
  await page.getByTestId('arrange').focus()
  await page.keyboard.press('Enter')
  const handle = page.locator(`[data-handle="move-${added}"]`)
  await handle.focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  const told = await page.getByTestId('arranged').innerText()
  const keepsFocus = await hasFocus(handle)
  if (!onPhone) {
    await page.locator(`[data-handle="resize-${added}"]`).focus()
    await page.keyboard.press('ArrowRight')
  }
  const moved = await layout(page)
  await kept(moved)
  await look('dashboard-arrange')
  await page.reload()
  await settled(page, made + 2)
  const again = await layout(page)

  // A tile's insight is edited and given back.
  await page.locator(`[data-tile="${added}"]`).getByTestId('tile-more').click()
  await page.getByTestId('edit-tile').click()
  await page.getByTestId('save-tile').waitFor(wait)
  await page.getByTestId('compare').check()
  await page.getByTestId('save-tile').click()
  await page.locator(`[data-tile="${added}"] [data-testid="figures"]`).waitFor(wait)

  // It is deleted, and brought back.
  await page.getByTestId('dashboard-more').click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByTestId('dashboard').waitFor(wait)
  await settled(page, made + 2)

  // It is shared, and opened by somebody who is not signed in.
  await page.getByTestId('share').click()
  await page.getByTestId('share-name').fill('The wall')
  await page.getByTestId('share-ends').selectOption('7')
  await page.getByRole('button', { name: 'Make the link' }).click()
  const link = await page.getByTestId('share-link').innerText()
  await look('dashboard-shared')
  const { cookies } = await context.storageState()
  const session = cookies.find((one) => one.name === 'headroom_session')?.value
  await context.close()

  const stranger = await open()
  await stranger.page.goto(link)
  await settled(stranger.page, made + 2)
  await stranger.look('dashboard-link')
  const seen = await stranger.page.locator(`[data-tile="${added}"] [data-testid="figures"] b`).innerText()
  const links = await stranger.page.locator('a').count()
  const openSite = stranger.page.getByTestId('tile').filter({ hasText: 'The site' })
  await openSite.scrollIntoViewIfNeeded()
  await stranger.look('dashboard-link-web')
  const openVisits = await openSite.getByTestId('number-visits').locator('strong').innerText()
  await stranger.context.close()
  return { found, made, added: Number(added), address, shown, before, moved, again, told, keepsFocus, token: link.split('/').at(-1), seen, links, visits, openVisits, charted, session }
}
