// Two people: one makes the first account and a project, changes the password and invites the other by a link, who makes an account with it. What the
// other's role may not do is not offered; a changed role and a removed membership are seen, and the other leaves by themself.
import { input } from './input.mjs'
import { host, open, run, wait } from './visitor.mjs'

const password = 'correct horse battery'

await run(visit)

/** The settings as they are in a fresh page, with the members in view. */
async function settings(page) {
  await page.goto(`${host}/projects/1/settings`)
  await page.getByTestId('members').waitFor(wait)
  await page.locator('#members').scrollIntoViewIfNeeded()
}

async function visit() {
  const { page, look } = await open()
  await page.goto(host)
  await page.getByLabel('Your name').fill('Ada Lovelace')
  await page.getByLabel('Email').fill('ada@example.org')
  await page.getByLabel('Password').fill('a first password')
  await page.getByRole('button', { name: 'Create the account' }).click()
  await page.getByTestId('create-project-form').getByLabel('Name').fill('Shop')
  await page.getByRole('button', { name: 'Create the project' }).click()
  await page.getByTestId('snippets').waitFor(wait)
  await look('getting-started')

  await page.getByTestId('account').filter({ visible: true }).click()
  await page.getByTestId('change-password').filter({ visible: true }).click()
  await page.getByLabel('Password until now').fill('a first password')
  await page.getByLabel('New password').fill(password)
  await look('password')
  await page.getByRole('button', { name: 'Change the password' }).click()
  await page.getByText('Password changed').waitFor(wait)

  // An editor is invited.
  await settings(page)
  await page.getByLabel('Add by email').fill('grace@example.org')
  await page.getByTestId('add-member').getByLabel('Role').selectOption('editor')
  await look('members-add')
  await page.getByRole('button', { name: 'Add', exact: true }).last().click()
  const link = await page.getByTestId('invitation-dialog').getByTestId('secret').innerText()
  await look('members-link')
  await page.getByRole('button', { name: 'Done' }).click()
  const invited = await page.getByTestId('invitations').innerText()

  // Who has the link makes an account.
  const other = await open()
  await other.page.goto(link)
  await other.page.getByLabel('Your name').fill('Grace Hopper')
  await other.page.getByLabel('Password').fill(password)
  await other.look('invite')
  await other.page.getByRole('button', { name: 'Make the account and join' }).click()
  await other.page.getByTestId('account').filter({ visible: true }).waitFor(wait)
  await other.page.goto(`${host}/projects/1/dashboards`)
  const editor = await other.page.getByTestId('new-dashboard').count().then(async (count) => count || other.page.getByTestId('new-dashboard').waitFor(wait).then(() => 1))
  await settings(other.page)
  await other.look('members-editor')
  const seen = {
    editor,
    keys: await other.page.locator('#keys').count(),
    save: await other.page.getByRole('button', { name: 'Save', exact: true }).count(),
    add: await other.page.getByTestId('add-member').count(),
    disabled: await other.page.getByTestId('general-form').getByLabel('Name').isDisabled(),
  }
  await other.look('settings-editor')

  // The role is changed, and changed back by Undo, and changed again.
  await settings(page)
  const pending = await page.getByTestId('invitations').count()
  await page.getByLabel('Role of Grace Hopper').selectOption('admin')
  await page.getByText('role is admin now').waitFor(wait)
  await settings(other.page)
  await other.look('members-admin')
  await other.page.goto('about:blank')
  await page.getByLabel('Role of Grace Hopper').selectOption('viewer')
  await page.getByText('role is viewer now').waitFor(wait)
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await page.getByText('role is admin now').last().waitFor(wait)
  await page.waitForFunction(() => document.querySelector('[data-testid="members"] select:not(:disabled)')?.value === 'admin', null, wait)
  await page.getByLabel('Role of Grace Hopper').selectOption('viewer')
  await page.waitForFunction(() => document.querySelector('[data-testid="members"] select:not(:disabled)')?.value === 'viewer', null, wait)
  await look('members')
  await other.page.goto(`${host}/projects/1/dashboards`)
  await other.page.getByTestId('empty').waitFor(wait)
  seen.viewer = await other.page.getByTestId('new-dashboard').count()
  await other.page.goto(`${host}/projects/1/start`)
  await other.page.getByText('Keys are for admins').waitFor(wait)
  await other.page.goto('about:blank')

  await page.getByRole('button', { name: 'Remove Grace Hopper' }).click()
  await look('members-remove')
  await page.getByTestId('confirm').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('is no member any more').waitFor(wait)
  await other.page.goto(host)
  await other.page.getByRole('heading', { name: 'No project yet' }).waitFor(wait)
  await other.look('no-projects')

  // Added again, and gone again of their own will.
  await page.getByLabel('Add by email').fill('grace@example.org')
  await page.getByRole('button', { name: 'Add', exact: true }).last().click()
  await page.getByText('Grace Hopper is viewer now').waitFor(wait)
  await settings(other.page)
  await other.page.getByRole('button', { name: 'Leave project' }).click()
  await other.look('members-leave')
  await other.page.getByTestId('confirm').getByRole('button', { name: 'Leave project' }).click()
  await other.page.getByRole('heading', { name: 'No project yet' }).waitFor(wait)
  await settings(page)
  return { link, invited, pending, seen, members: await page.getByTestId('members').innerText() }
}
