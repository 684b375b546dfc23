// An owner who lets go of data: sees what a retention frees and sets it, leaves a property out, deletes a person and takes the
// receipt along.
import { readFileSync } from 'node:fs'
import { input } from './input.mjs'
import { host, open, problems, run, signIn, wait } from './visitor.mjs'

await run(visit)

async function visit() {
  const { page, look } = await open()
  await page.goto(`${host}/projects/${input.project}/settings`)
  await signIn(page)

  // What it would free is told before it is asked for, and asked about by its number.
  const retention = page.getByTestId('retention-form')
  await retention.getByLabel('Keep events').selectOption('Another number of days', wait)
  await retention.getByLabel('Days').fill('0')
  await retention.getByText('A whole number from 1').waitFor(wait)
  await retention.getByLabel('Keep events').selectOption('30 days')
  await page.getByTestId('retention-preview').getByText('Frees about').waitFor(wait)
  const preview = await page.getByTestId('retention-preview').innerText()
  await look('retention')
  await retention.getByRole('button', { name: 'Save' }).click()
  const question = await page.getByTestId('confirm').getByRole('heading').innerText()
  await look('retention-confirm')
  await page.getByRole('button', { name: 'Remove and save' }).click()
  await page.getByText('Events are kept for 30 days').waitFor(wait)
  // A day at a time.
  await page.getByTestId('removed').getByText('3 by the retention').waitFor(wait)
  const removed = await page.getByTestId('removed').innerText()

  // A property that never came can be left out too.
  await page.getByTestId('dropped-picker').click()
  await page.getByPlaceholder('Find or type a property').fill('secret')
  await page.getByRole('option', { name: /secret/ }).click()
  await page.getByTestId('dropped').getByText('secret').waitFor(wait)
  await page.getByTestId('privacy-form').getByRole('button', { name: 'Save' }).click()
  await page.getByText('Privacy settings saved').waitFor(wait)

  await deletePerson(page, 'ada', look)
  await page.getByRole('link', { name: 'See the receipt' }).click()
  const receipts = page.getByTestId('deletions')
  await receipts.getByText('Done', { exact: true }).waitFor(wait)
  const [download] = await Promise.all([page.waitForEvent('download', wait), receipts.getByRole('button', { name: /^Download the receipt/ }).click()])
  const receipt = readFileSync(await download.path(), 'utf8')
  await look('deletions')

  await deletePerson(page, 'ben', look)
  await page.getByRole('link', { name: 'See the receipt' }).click()
  await page.waitForFunction(() => [...document.querySelectorAll('[data-testid="deletions"] [data-state]')].map((one) => one.dataset.state).join() === 'done,done', null, wait)
  return { preview, question, removed, receipt }
}

async function deletePerson(page, name, look) {
  await page.goto(`${host}/projects/${input.project}/persons`)
  await page.getByTestId('persons').getByText(`${name}@shop.test`).first().click(wait)
  await page.getByTestId('delete-person').click(wait)
  const dialog = page.getByTestId('delete-person-dialog')
  const button = dialog.getByRole('button', { name: 'Delete person' })
  if (!(await button.isDisabled())) problems.push('a person can be deleted without the word for it')
  await dialog.getByLabel('Type “delete” to go on').fill('delete')
  await look('delete-person')
  await button.click()
}
