// A person at the app: signs in, watches events arrive, builds a trend with a breakdown, reloads. At two sizes, in both themes.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { launch } from './chromium.mjs'
import { done, input, local } from './input.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const host = local(input.host)
const sizes = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } }
const wait = { timeout: 30_000 }
const report = []
mkdirSync(input.screenshots, { recursive: true })

const browser = await launch()
try {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const theme of ['light', 'dark']) {
      report.push(await visit(size, viewport, theme))
    }
  }
} finally {
  await browser.close()
}
done({ report })

async function visit(size, viewport, theme) {
  const context = await browser.newContext({
    viewport, colorScheme: theme, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'Europe/Berlin',
    hasTouch: size === 'phone', isMobile: size === 'phone', bypassCSP: false,
  })
  const page = await context.newPage()
  const problems = []
  const violations = []
  const elsewhere = []
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`))
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(`${message.type()}: ${message.text()} ${message.location().url}`))
  page.on('response', (response) => response.status() >= 400 && problems.push(`${response.status()}: ${response.url()}`))
  page.on('request', (request) => !request.url().startsWith(host) && !request.url().startsWith('data:') && elsewhere.push(request.url()))

  const look = async (name) => {
    // The policy of the app allows no foreign script in the page; axe runs in an isolated world of its own.
    await page.screenshot({ path: join(input.screenshots, `${name}-${size}-${theme}.png`), fullPage: false })
    for (const { id, impact, nodes } of await violationsOf(context, page)) {
      violations.push(`${name}: ${id} (${impact}): ${nodes}`)
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (overflow > 0) {
      violations.push(`${name}: the page is ${overflow} px wider than the screen`)
    }
  }

  await page.goto(host)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor(wait)
  await look('sign-in')
  await page.getByLabel('Email').fill(input.email)
  await page.getByLabel('Password').fill(input.password)
  await page.getByRole('button', { name: 'Sign in' }).click()

  // Live: a row that was not there before arrives by itself.
  await page.getByRole('heading', { name: 'Live', exact: true }).waitFor(wait)
  const rows = page.getByTestId('live-events').getByRole('listitem')
  await rows.first().waitFor(wait)
  await page.waitForFunction(() => document.querySelector('[data-testid="live-status"]')?.textContent?.includes('Live'), null, wait)
  const newest = () => document.querySelector('[data-testid="live-events"] li time')?.getAttribute('datetime') ?? ''
  const before = await page.evaluate(newest)
  await page.waitForFunction(
    (than) => (document.querySelector('[data-testid="live-events"] li time')?.getAttribute('datetime') ?? '') !== than, before, wait)
  await page.waitForFunction(() => /\d/.test(document.querySelector('[data-testid="online-now"]')?.textContent ?? ''), null, wait)
  await look('live')

  // Trends: page views of yesterday by browser.
  await page.getByRole('link', { name: 'Trends' }).filter({ visible: true }).first().click()
  await page.getByRole('heading', { name: 'Trends', exact: true }).waitFor(wait)
  await page.getByTestId('range').click()
  await page.getByRole('button', { name: 'Yesterday' }).click()
  await page.getByTestId('breakdown').click()
  await page.getByRole('combobox', { name: 'Property to break down by' }).fill('$browser')
  await page.getByRole('option', { name: /browser/i }).first().click()
  const settled = async () => {
    await page.waitForFunction(() => {
      const result = document.querySelector('[data-testid="trends-result"]')
      return result?.getAttribute('aria-busy') === 'false' && result.getAttribute('data-stale') !== 'true' &&
        document.querySelectorAll('[data-testid="trends-table"] tbody tr').length > 1 &&
        document.querySelector('[data-testid="trends-chart"] svg path')
    }, null, wait)
    return page.evaluate(() => ({
      address: location.href,
      table: document.querySelector('[data-testid="trends-table"]').innerText,
      lines: [...document.querySelectorAll('[data-testid="trends-chart"] svg path')].map((path) => path.getAttribute('d')),
      rows: document.querySelectorAll('[data-testid="trends-table"] tbody tr').length,
    }))
  }
  const built = await settled()
  await look('trends')
  await page.reload()
  const again = await settled()

  // Events and settings, for their looks and their accessibility.
  await page.getByRole('link', { name: 'Events' }).filter({ visible: true }).first().click()
  await page.getByTestId('events').getByRole('listitem').first().waitFor(wait)
  await look('events')
  await page.getByRole('link', { name: 'Settings' }).filter({ visible: true }).first().click()
  await page.getByTestId('keys').waitFor(wait)
  await look('settings')

  await context.close()
  return { size, theme, problems, violations, elsewhere, built, again }
}

async function violationsOf(context, page) {
  const session = await context.newCDPSession(page)
  try {
    const { frameTree } = await session.send('Page.getFrameTree')
    const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' })
    await evaluate(session, executionContextId, axe)
    const found = await evaluate(session, executionContextId,
      `axe.run(document, { resultTypes: ['violations'] }).then((result) => JSON.stringify(result.violations
        .filter((one) => one.impact === 'serious' || one.impact === 'critical')
        .map((one) => ({ id: one.id, impact: one.impact, nodes: one.nodes.map((node) => node.html + ' — ' + node.failureSummary).join(' | ') }))))`)
    return JSON.parse(found)
  } finally {
    await session.detach()
  }
}

async function evaluate(session, contextId, expression) {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId, awaitPromise: true, returnByValue: true })
  if (exceptionDetails) {
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  }
  return result.value
}
