// Two browsers that are alike and share nothing, on a site that includes posthog-js with the options given; in the second somebody signs in.
import { launch } from './chromium.mjs'
import { done, input, until } from './input.mjs'
import { serve, stored, userAgent } from './posthog-page.mjs'

const { origin, close } = await serve(input.options)
const browser = await launch()
const kept = []
const ids = []
try {
  for (const signsIn of [false, true]) {
    const context = await browser.newContext({ userAgent })
    const tab = await context.newPage()
    await tab.goto(`${origin}/pricing`)
    await tab.waitForFunction(() => window.posthog?.__loaded)
    await tab.evaluate(() => window.posthog.capture('looked around'))
    ids.push(await tab.evaluate(() => window.posthog.get_distinct_id()))
    if (signsIn) {
      await tab.evaluate(() => {
        window.posthog.identify('ada', { email: 'ada@example.com' })
        window.posthog.capture('order placed')
      })
      await until('the order is stored', async () => (await stored('$identify')) === 1 && (await stored('order placed')) === 1)
    }
    await until('the visits are stored', async () => (await stored('looked around')) === ids.length && (await stored('$pageview')) === ids.length)
    kept.push(...(await context.cookies()).map((cookie) => cookie.name), ...(await tab.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])))
    await tab.goto('about:blank')
    await until('the page left is stored', async () => (await stored('$pageleave')) === ids.length)
    await context.close()
  }
  done({ ids, kept })
} finally {
  await browser.close()
  close()
}
