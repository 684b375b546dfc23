// A person's window onto the app in a journey through it. Whatever goes wrong in it is noted (errors, warnings, refusals, requests
// to other hosts, scripts of hostile names), and each look is a picture, checked for accessibility and for its width.
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

/** Runs a journey, and gives what it found with everything that went wrong. */
export async function run(journey) {
  try {
    done({ ...(await journey()), problems, violations })
  } finally {
    await browser.close()
  }
}

/** A window of its own; the settings are those of a browser context. */
export async function open(theme, viewport, settings = {}) {
  const phone = viewport.width < 600
  const context = await browser.newContext({
    viewport, colorScheme: theme, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'Europe/Berlin', hasTouch: phone, isMobile: phone, ...settings,
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
    const label = `${name}-${viewport.width}-${theme}`
    mkdirSync(input.screenshots, { recursive: true })
    await page.screenshot({ path: join(input.screenshots, `${label}.png`), fullPage: true })
    for (const { id, impact, nodes } of await violationsOf(context, page)) violations.push(`${label}: ${id} (${impact}): ${nodes}`)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (overflow > 0) violations.push(`${label}: the page is ${overflow} px wider than the screen`)
  }
  return { context, page, look }
}
