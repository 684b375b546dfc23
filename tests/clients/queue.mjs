// A person whose questions have to wait, for somebody else's statement has the only slot: sees the place in the queue, cancels, asks after
// all, sees it on a dashboard and in SQL, and is answered once the slot is free.
import { input, until } from './input.mjs'
import { host, open, run, signIn, wait } from './visitor.mjs'

const at = (view) => `${host}/projects/${input.project}/${view}`
// Of plain counts the store may have no need to read, nor to wait.
const trends = at(`insights/trends?s=${encodeURIComponent(JSON.stringify({ event: '$pageview', math: 'unique_persons' }))}`)
const place = /^Place \d+ in the queue$/

await run(visit)

function ask(path, body, signal, accept = 'application/json') {
  return fetch(`${host}/api/projects/${input.project}/${path}`, {
    method: 'POST', signal, body: JSON.stringify(body), headers: { Authorization: `Bearer ${input.key}`, 'Content-Type': 'application/json', Accept: accept },
  })
}

/** Fills the only slot; the way to free it again. */
async function block() {
  const controller = new AbortController()
  const statement = ask('sql', { sql: 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 0' }, controller.signal).catch(() => null)
  let asked = 0
  await until('the slot is taken', async () => {
    const leaving = new AbortController()
    // Each time another question, whose answer nothing keeps.
    const filters = [{ property: 'probe', operator: 'is_not', values: [String(asked++)] }]
    const query = { kind: 'trends', series: [{ event: '$pageview', math: 'unique_persons', filters }], range: { last: 1, unit: 'day' } }
    const answer = await ask('query', query, leaving.signal, 'text/event-stream')
    const first = new TextDecoder().decode((await answer.body.getReader().read()).value)
    leaving.abort()
    return first.includes('"queued"')
  })
  return async () => {
    controller.abort()
    await statement
  }
}

async function visit() {
  const { context, page, look } = await open()
  await page.goto(host)
  await signIn(page)
  await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"]'), null, wait)
  const free = await block()

  await page.goto(trends)
  const waiting = page.getByTestId('waiting')
  await waiting.getByText(place).waitFor(wait)
  const placed = await waiting.getByRole('status').innerText()
  await look('queue')
  await waiting.getByRole('button', { name: 'Cancel' }).click()
  const stopped = page.getByTestId('stopped')
  await stopped.waitFor(wait)
  const cancelled = await stopped.getByRole('status').innerText()
  await look('queue-cancelled')
  await stopped.getByRole('button', { name: 'Ask again' }).click()
  await waiting.getByText(place).waitFor(wait)

  await page.goto(at(`dashboards/${input.dashboard}`))
  await waiting.getByText(place).waitFor(wait)
  const tile = await page.getByTestId('tile').getByRole('status').innerText()
  await look('queue-tile')

  await page.goto(at('sql'))
  await page.getByLabel('Statement').fill('SELECT count(*) AS events FROM events')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Enter')
  const result = page.getByRole('region', { name: 'Result' })
  await result.getByText(place).waitFor(wait)
  await look('queue-sql')

  await free()
  await page.getByTestId('sql-result').locator('tbody tr').first().waitFor(wait)
  const rows = await page.getByTestId('sql-result').locator('tbody tr').allInnerTexts()
  await page.goto(trends)
  await page.getByTestId('trends-table').waitFor(wait)
  const table = await page.getByTestId('trends-table').innerText()
  const left = await waiting.count() + await stopped.count()
  await context.close()
  return { placed, cancelled, tile, rows, table, left }
}
