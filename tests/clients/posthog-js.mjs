// posthog-js, as its package ships it, in a real page: the script file that sites include and the calls that they make.
import { launch } from './chromium.mjs'
import { done, input, until } from './input.mjs'
import { serve, stored, userAgent } from './posthog-page.mjs'

const { origin, close } = await serve()

const problems = []
const requests = []

const browser = await launch()
try {
  const context = await browser.newContext({
    userAgent,
    timezoneId: 'Europe/Berlin',
  })
  const tab = await context.newPage()
  tab.on('pageerror', (error) => problems.push(`pageerror: ${error.message}`))
  tab.on('response', (response) => {
    if (response.url().startsWith(input.host)) {
      requests.push({ method: response.request().method(), path: new URL(response.url()).pathname, status: response.status() })
    }
  })
  await tab.goto(`${origin}/pricing?utm_source=news&utm_medium=mail`, { referer: 'https://www.google.com/' })
  await tab.waitForFunction(() => window.posthog?.__loaded)
  await tab.evaluate(() => window.posthog.capture('looked around', { step: 1 }))
  await tab.click('#buy')
  const anonymousId = await tab.evaluate(() => window.posthog.get_distinct_id())
  await tab.evaluate(() => {
    window.posthog.identify('linus', { email: 'linus@example.com' }, { first_seen: '2026-11-01' })
    window.posthog.group('company', 'c2', { name: 'Acme' })
    window.posthog.alias('linus-before')
    window.posthog.capture('order placed', { amount: 12.5, items: 3, gift: true, tags: ['a', 'b'], note: 'grüße 🎈' })
    for (let i = 0; i < 30; i++) {
      window.posthog.capture('batched', { i }, { skip_client_rate_limiting: true })
    }
  })
  // Leaving cancels requests under way, and what a beacon may carry is bounded; so the page stays until all it sent is stored.
  // One flush is several requests, which arrive in any order.
  const capture = () => requests.filter((request) => /^\/(e|i\/v0\/e|batch)\/?$/.test(request.path) && request.method === 'POST')
  const once = ['looked around', '$autocapture', '$identify', '$groupidentify', '$create_alias', 'order placed']
  await until('the events are acknowledged and stored', async () =>
    capture().at(-1)?.status === 200 && (await stored('batched')) === 30 &&
    (await Promise.all(once.map(stored))).every((count) => count === 1), requests)

  // Leaving sends $pageleave by sendBeacon; the browser stays until that has arrived.
  await tab.goto('about:blank')
  await until('$pageleave is stored', async () => (await stored('$pageleave')) === 1, requests)
  await context.close()
  done({ anonymousId, origin, problems, requests })
} finally {
  await browser.close()
  close()
}
