// A person's window onto the app in a journey through it, of a size and in a theme. Whatever goes wrong in it is noted (errors, warnings,
// refusals, requests to other hosts, scripts of hostile names), and each look is a picture in both themes, checked for accessibility and for its width.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { violationsOf } from './accessibility.mjs'
import { launch } from './chromium.mjs'
import { done, input, local } from './input.mjs'

export const host = local(input.host)
export const wait = { timeout: 30_000 }
export const problems = []
const violations = []
const browser = await launch()
const viewports = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 780 } }

/** Whether what a mouse hovers over or drags is done with a finger. */
export const onPhone = input.size === 'phone'

/** Runs a journey, and gives what it found with everything that went wrong. */
export async function run(journey) {
  try {
    done({ ...(await journey()), problems, violations })
  } finally {
    await browser.close()
  }
}

/** A window of its own, of the journey's size and theme; the settings are those of a browser context. */
export async function open(settings = {}) {
  const { size, theme } = { size: 'desktop', theme: 'light', ...input }
  const context = await browser.newContext({
    viewport: viewports[size], colorScheme: theme, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'Europe/Berlin', hasTouch: onPhone, isMobile: onPhone, ...settings,
  })
  const page = await context.newPage()
  page.on('dialog', (dialog) => {
    problems.push(`a script ran: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`))
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(`${message.type()}: ${message.text()} ${message.location().url}`))
  page.on('response', (response) => response.status() >= 400 && problems.push(`${response.status()}: ${response.url()}`))
  page.on('request', (request) => !/^(data|blob):/.test(request.url()) && !request.url().startsWith(host) && problems.push(`elsewhere: ${request.url()}`))
  const look = async (name) => {
    mkdirSync(input.screenshots, { recursive: true })
    for (const colorScheme of [theme === 'light' ? 'dark' : 'light', theme]) {
      const label = `${name}-${size}-${colorScheme}`
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: join(input.screenshots, `${label}.png`), fullPage: true })
      for (const { id, impact, nodes } of await violationsOf(context, page)) violations.push(`${label}: ${id} (${impact}): ${nodes}`)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      if (overflow > 0) violations.push(`${label}: the page is ${overflow} px wider than the screen`)
    }
  }
  return { context, page, look }
}

/** Signs in where the page asks for it, until the app is there. */
export async function signIn(page) {
  await page.getByLabel('Email').fill(input.email)
  await page.getByLabel('Password').fill(input.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByTestId('account').filter({ visible: true }).first().waitFor(wait)
}

/** Whether something has the focus, or comes to have it: what it is given to may have to be drawn first. */
export async function hasFocus(locator) {
  return locator.and(locator.page().locator(':focus')).waitFor(wait).then(() => true, () => false)
}

/** To a view of the navigation, which a phone has behind More where its bar is full. */
export async function go(page, name) {
  const link = page.getByRole('link', { name, exact: true }).filter({ visible: true }).first()
  if (await link.count() === 0) {
    await page.getByTestId('more-views').click()
  }
  await page.getByRole('link', { name }).filter({ visible: true }).first().click()
}
