// An owner who brings events of the past along: looks at what a file of sales becomes, says which column is what, imports it, sees
// what was left out, and sends it again.
import { input } from './input.mjs'
import { host, open, run, signIn, wait } from './visitor.mjs'

const rows = Array.from({ length: 60 }, (_, n) => `${n};c${n % 7};2026-10-${String((n % 27) + 1).padStart(2, '0')} 10:00;${n * 1.5};"a; ${n === 3 ? '<img src=x onerror=alert(1)>' : 'note'}"`)
rows[7] = '7;c1;soon;1;'
const file = { name: 'sales.csv', mimeType: 'text/csv', buffer: Buffer.from(['Order no;Customer ID;Sold;Amount;Note', ...rows].join('\n')) }

await run(visit)

async function chooseAndMap(page) {
  await page.getByTestId('import-file').setInputFiles(file)
  const columns = page.getByTestId('import-columns')
  await columns.waitFor(wait)
  const guessed = await columns.locator('tbody tr').evaluateAll((all) => all.map((one) => one.dataset.field))
  await page.getByText('Say above which column is: Event name').waitFor(wait)
  await page.getByLabel('Name of all events').fill('purchase')
  await page.getByTestId('import-preview').waitFor(wait)
  return guessed
}

async function start(page, before) {
  await page.getByTestId('import-start').click()
  await page.getByTestId('import').getByText('or drop it here').waitFor(wait)
  await page.getByTestId('import-report').nth(before).waitFor(wait)
  const report = page.getByTestId('import-report').first()
  await report.locator('dl').waitFor(wait)
  return report.locator('dd').allInnerTexts()
}

async function visit() {
  const { page, look } = await open()
  await page.goto(`${host}/projects/${input.project}/settings`)
  await signIn(page)
  await page.getByTestId('import').getByText('or drop it here').waitFor(wait)
  await look('import')
  const guessed = await chooseAndMap(page)
  await look('import-chosen')
  const first = await start(page, 0)
  const refusals = await page.getByTestId('import-refusals').innerText()
  await look('import-report')
  await page.getByRole('link', { name: /^See events from/ }).click()
  await page.getByTestId('events').getByText('purchase').first().waitFor(wait)
  const shown = new URL(page.url()).search

  // The same file again counts nothing twice.
  await page.goto(`${host}/projects/${input.project}/settings`)
  await chooseAndMap(page)
  const again = await start(page, 1)
  await look('import-again')
  return { guessed, first, refusals, shown, again }
}
