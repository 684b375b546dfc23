// A person with a list of persons: pastes it by keys alone, sees who of it is known, and puts a column of a file in its place.
import { Buffer } from 'node:buffer'
import { input } from './input.mjs'
import { host, open, run, signIn, wait } from './visitor.mjs'

await run(visit)

async function visit() {
  const { context, page, look } = await open()
  await page.goto(host)
  await signIn(page)
  await page.goto(`${host}/projects/${input.project}/cohorts`)
  const dialog = page.getByTestId('cohort-dialog')
  const count = dialog.getByTestId('members-count')
  const row = page.getByTestId('cohorts').getByRole('listitem')

  await page.getByTestId('new-cohort').click()
  await page.waitForFunction(() => document.activeElement?.dataset.testid === 'cohort-name', null, wait)
  await dialog.getByTestId('cohort-name').fill('Invited')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.type('person 0\nperson 1\n person 1\nnobody\n')
  const pasted = await count.innerText()
  await look('cohort-list')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.waitFor({ ...wait, state: 'detached' })
  const told = await page.getByText(/“Invited” is saved/).innerText()
  await row.getByText('2 persons').waitFor(wait)

  // The list that is there is not shown, and stays where none is given in its place.
  await page.getByRole('button', { name: 'Change Invited' }).click()
  const kept = await count.innerText()
  await dialog.getByTestId('cohort-name').fill('Asked')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await row.getByText('Asked').waitFor(wait)
  await row.getByText('2 persons').waitFor(wait)

  await page.getByRole('button', { name: 'Change Asked' }).click()
  const file = (name, text) => dialog.getByTestId('members-file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  await file('book.xlsx.csv', 'PK\0\0')
  await dialog.getByText('is not a text').waitFor(wait)
  await file('invited.csv', 'Name,"Distinct ID",Plan\nAda,person 2,pro\n"Bob, the second",person 3,pro\nCy,person 4,free\n')
  await dialog.getByText('invited.csv').waitFor(wait)
  const ofFile = [await count.innerText(), await dialog.getByTestId('members-column').locator('option:checked').innerText()]
  await dialog.getByTestId('members-column').selectOption({ label: 'Plan' })
  const otherColumn = await count.innerText()
  await dialog.getByTestId('members-column').selectOption({ label: 'Distinct ID' })
  await look('cohort-file')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await row.getByText('3 persons').waitFor(wait)
  await look('cohort-lists')

  // One that is past the bound is not sent.
  await page.getByRole('button', { name: 'Change Asked' }).click()
  await file('many.csv', Array.from({ length: 100_001 }, (_, at) => `u${at}`).join('\n'))
  await dialog.getByText(/at most 100,000/).waitFor(wait)
  const disabled = await dialog.getByRole('button', { name: 'Save', exact: true }).isDisabled()
  await context.close()
  return { pasted, told, kept, ofFile, otherColumn, disabled }
}
