// An operator at the Capacity page: reads the sentence and the gauges, looks at the trend of each flow, opens a part of the chain and its history, has the words explained,
// moves a what-if slider by the keyboard and types a number that is out of reach. Who is no operator is not led there.
import { input } from './input.mjs'
import { go, hasFocus, host, open, run, signIn, wait } from './visitor.mjs'

await run(visit)

async function visit() {
  const { context, page, look } = await open()

  // What is compared with what it says stands still.
  let report
  await page.route('**/api/capacity', async (route) => {
    report ??= await (await route.fetch()).json()
    await route.fulfill({ json: report })
  })
  await page.goto(host)
  await signIn(page)
  await go(page, 'Capacity')
  await page.getByTestId('capacity-summary').waitFor(wait)
  await page.getByTestId('plan').getByText(/^This version /).waitFor(wait)
  const address = new URL(page.url()).pathname
  const summary = await page.getByTestId('capacity-summary').locator('p').innerText()
  const gauges = Object.fromEntries(await Promise.all(['ingest', 'queries', 'storage'].map(async (flow) => [flow, await page.getByTestId(`gauge-${flow}`).innerText()])))
  const parts = await page.getByTestId('chain').getByRole('listitem').filter({ has: page.getByRole('button') }).allInnerTexts()
  await look('capacity')

  await page.getByRole('button', { name: 'What the words mean: Headroom' }).click()
  const words = await page.getByRole('dialog').innerText()
  const terms = await page.getByRole('dialog').locator('dt').allInnerTexts().then((all) => all.join(', '))
  await look('capacity-words')
  await page.keyboard.press('Escape')

  // Each flow has its trend, or says why not.
  const trends = []
  for (const flow of ['Queries', 'Storage', 'Ingest']) {
    await page.getByTestId('trend').getByRole('radio', { name: flow }).check({ force: true })
    const trend = page.getByTestId('trend')
    trends.push(await trend.getByTestId('capacity-trend').or(trend.getByTestId('empty')).first().waitFor(wait).then(() => trend.innerText()))
  }

  // A part, by the keyboard; Escape leads back to it.
  await page.getByTestId('part-capture').focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('part-dialog').getByTestId('history').first().locator('svg').waitFor(wait)
  const opened = new URL(page.url()).searchParams.get('part')
  const capture = await page.getByTestId('resource-capture_cpu').innerText()
  await look('capacity-part')
  await page.keyboard.press('Escape')
  await page.getByTestId('part-dialog').waitFor({ ...wait, state: 'detached' })
  const focused = await hasFocus(page.getByTestId('part-capture'))

  // What if: four times as many people, by the keyboard, then a number that no slider reaches.
  const people = page.getByTestId('dial-dailyActiveUsers')
  const planned = () => page.waitForResponse((response) => response.url().endsWith('/api/capacity/plan') && response.ok(), wait)
  const before = await people.getByRole('textbox').inputValue()
  let answer = planned()
  await people.getByRole('slider').focus()
  await page.keyboard.press('PageUp')
  const asked = (await answer).request().postDataJSON().dailyActiveUsers
  await page.waitForFunction(() => document.querySelector('[data-testid="plan"]')?.getAttribute('aria-busy') === 'false', null, wait)
  const after = await people.getByRole('textbox').inputValue()
  const plan = await page.getByTestId('plan').innerText()
  answer = planned()
  await people.getByRole('textbox').fill('2m')
  await answer
  const peak = page.getByTestId('dial-peak').getByRole('textbox')
  await peak.fill('200')
  const refused = await peak.getAttribute('aria-invalid')
  await page.getByTestId('what-if').scrollIntoViewIfNeeded()
  await look('capacity-plan')
  const typed = await people.getByRole('slider').getAttribute('aria-valuetext')
  await context.close()

  // Who is no operator has no such page, and is not led to it.
  const other = await open()
  await other.page.goto(host)
  await other.page.getByLabel('Email').fill(input.member)
  await other.page.getByLabel('Password').fill(input.memberPassword)
  await other.page.getByRole('button', { name: 'Sign in' }).click()
  await other.page.getByTestId('account').filter({ visible: true }).first().waitFor(wait)
  const led = await other.page.locator('a[href="/capacity"]').count()
  await other.page.goto(`${host}/capacity`)
  await other.page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor(wait)
  await other.context.close()
  return { address, report, summary, gauges, parts, words, terms, trends, opened, capture, focused, before, asked, after, plan, refused, typed, led }
}
