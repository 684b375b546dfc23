// A person at the Data view: describes, hides and finds names whatever is in them, sees why events are missing, chooses the
// explorer's columns, and watches one event.
import { input, until } from './input.mjs'
import { host, open, run, signIn, wait } from './visitor.mjs'

const at = (view, search = '') => `${host}/projects/${input.project}/${view}${search}`
const row = (page, name) => page.locator('tr[data-name]').filter({ has: page.getByRole('checkbox', { name: `Select ${name}`, exact: true }) })
const changed = (page) => page.waitForResponse((response) => response.request().method() === 'PATCH' && response.ok(), wait)

await run(visit)

async function visit() {
  const { context, page, look } = await open()
  await page.goto(host)
  await signIn(page)
  await page.goto(at('data'))
  await page.getByTestId('event-names').waitFor(wait)
  await page.getByTestId('problem-dot').first().waitFor({ ...wait, state: 'attached' })
  const dotBefore = (await page.getByTestId('problem-dot').count()) > 0
  const images = await page.locator('main img').count()
  const named = await row(page, input.hostile).getByRole('rowheader').getByRole('button').first().innerText()
  await look('data-events')

  // Described in place; Escape leaves what was there; the toast takes it back.
  const description = row(page, 'signed up').getByTestId('description')
  await description.click()
  await page.keyboard.type('When somebody <b>signs up</b>')
  let kept = changed(page)
  await page.keyboard.press('Enter')
  await kept
  await page.reload()
  await page.getByTestId('event-names').waitFor(wait)
  const described = await description.innerText()
  await description.click()
  await page.keyboard.type(' and more')
  await page.keyboard.press('Escape')
  const escaped = await description.innerText()
  await description.click()
  await page.getByTestId('description-field').fill('')
  kept = changed(page)
  await page.keyboard.press('Enter')
  await kept
  kept = changed(page)
  await page.getByRole('button', { name: 'Undo' }).click()
  await kept
  await page.waitForFunction(() => [...document.querySelectorAll('[data-testid="description"]')].some((one) => one.textContent.includes('signs up')), null, wait)
  await description.click()
  await page.getByTestId('description-field').fill('')
  kept = changed(page)
  await page.keyboard.press('Enter')
  await kept
  await page.waitForFunction(() => ![...document.querySelectorAll('[data-testid="description"]')].some((one) => one.textContent.includes('signs up')), null, wait)
  const undone = await description.innerText()

  // Hidden with others at once, gone from the pickers, still listed; and offered again.
  await row(page, input.hostile).getByRole('checkbox').check()
  await row(page, 'late').getByRole('checkbox').check()
  await look('data-bulk')
  kept = changed(page)
  await page.getByTestId('bulk-hide').click()
  await kept
  const offered = async () => {
    await page.goto(at('events'))
    await page.getByTestId('event-picker').click()
    const options = page.getByRole('listbox').getByRole('option')
    await options.filter({ hasText: 'Page view' }).waitFor(wait)
    return options.filter({ hasText: '<img' }).count()
  }
  const offeredHidden = await offered()
  await page.goto(at('events', `?event=${encodeURIComponent(input.hostile)}`))
  await page.getByTestId('events').getByRole('button').first().waitFor(wait)
  const stillListed = await page.getByTestId('events').getByRole('button').count()
  await page.goto(at('data'))
  kept = changed(page)
  await row(page, input.hostile).getByTestId('hide').click()
  await kept
  const offeredAgain = await offered()

  // What an event carries, and what a property holds.
  await page.goto(at('data', `?open=${encodeURIComponent(input.hostile)}`))
  await page.getByTestId('event-properties').waitFor(wait)
  await look('data-event')
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Properties', exact: true }).click()
  await page.getByTestId('property-names').waitFor(wait)
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="property-names"] [class*="skeleton"]').length === 0, null, wait)
  await look('data-properties')
  await page.getByTestId('search-names').fill('plan')
  await page.getByRole('button', { name: 'plan', exact: true }).click()
  await page.getByTestId('property-values').waitFor(wait)
  await look('data-property')
  await page.keyboard.press('Escape')

  // Why events are missing.
  await page.getByRole('link', { name: 'Ingestion problems', exact: true }).click()
  await page.getByTestId('problem-kind').first().waitFor(wait)
  const kinds = await page.getByTestId('problem-kind').evaluateAll((all) => all.map((one) => one.dataset.kind))
  const reason = page.locator('[data-reason="distinct_id_missing"]')
  await reason.locator('summary').click()
  const example = await reason.getByTestId('problem-example').innerText()
  const unassigned = await page.getByTestId('unassigned').innerText()
  await look('data-problems')
  await page.goto(`${host}/projects/${input.calm}/data?tab=problems`)
  await page.getByRole('heading', { name: /Nothing was refused/ }).waitFor(wait)
  await page.getByText(/ever received/).waitFor(wait)
  const calm = await page.locator('main').innerText()
  await look('data-calm')

  // The explorer's columns outlive a reload.
  await page.goto(at('events'))
  await page.getByTestId('events').waitFor(wait)
  const dotAfter = (await page.getByTestId('problem-dot').count()) > 0
  const heads = () => page.locator('[data-testid="events"] > li:first-child > span').allInnerTexts()
  await page.getByTestId('choose-columns').click()
  await page.getByRole('button', { name: 'Remove What' }).click()
  await page.getByTestId('add-column').click()
  await page.getByRole('option', { name: /^plan/ }).click()
  await page.getByRole('button', { name: /^Move plan/ }).focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await look('events-choose')
  await page.getByRole('button', { name: 'Done' }).click()
  await page.reload()
  await page.getByTestId('events').getByRole('button').first().waitFor(wait)
  const columns = await heads()
  await look('events-columns')
  await page.getByTestId('choose-columns').click()
  await page.getByTestId('reset-columns').click()
  await page.getByRole('button', { name: 'Done' }).click()
  const reset = await heads()

  // One event as it arrives: held while paused, shown when it goes on.
  await page.goto(at('live', '?event=signed%20up'))
  await page.waitForFunction(() => document.querySelector('[data-testid="live-status"]')?.textContent?.includes('Live'), null, wait)
  await page.keyboard.press('Space')
  await page.waitForFunction(() => document.querySelector('[data-testid="live-status"]')?.textContent?.includes('Paused'), null, wait)
  for (const event of ['$pageview', 'signed up']) {
    await fetch(`${host}/batch/`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ api_key: input.key, event, distinct_id: 'now' }) })
  }
  await page.waitForFunction(() => document.querySelector('[data-testid="held"]')?.textContent?.startsWith('1 '), null, wait)
  const held = await page.getByTestId('held').innerText()
  await look('live-paused')
  await page.keyboard.press('Space')
  const first = page.getByTestId('live-events').getByRole('button').filter({ hasText: 'now' }).first()
  await first.waitFor(wait)
  const resumed = await first.locator('span').first().innerText()

  // Where every event went, once none waits.
  let ledger
  await until('nothing waits', async () => {
    await page.goto(at('settings', '#ledger'))
    await page.reload()
    await page.getByTestId('ledger').waitFor(wait)
    ledger = await page.getByTestId('ledger').evaluate((panel) => ({
      received: panel.querySelector('strong').textContent,
      parts: [...panel.querySelectorAll('dl > div')].map((part) => [part.querySelector('dt').textContent, part.querySelector('dd').textContent.replace('+ ', '')]),
      says: panel.innerText,
    }))
    return ledger.parts.at(-1)[1] === '0'
  })
  await page.getByTestId('ledger').scrollIntoViewIfNeeded()
  await look('settings-ledger')
  await context.close()
  return {
    dotBefore, dotAfter, images, named, described, escaped, undone, offeredHidden, stillListed, offeredAgain, kinds, example, unassigned, calm, columns, reset, held, resumed, ledger,
  }
}
