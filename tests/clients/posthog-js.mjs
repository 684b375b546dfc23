// posthog-js, as its package ships it, in a real page: the script file that sites include and the calls that they make.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { launch } from './chromium.mjs'
import { done, input, local } from './input.mjs'

const library = await readFile(createRequire(import.meta.url).resolve('posthog-js/dist/array.full.js'))
const page = `<!doctype html><html lang="en"><title>Shop</title>
<h1>Shop</h1><button id="buy" data-attr="buy">Buy now</button>
<script src="/array.full.js"></script>
<script>
  posthog.init(${JSON.stringify(input.key)}, {
    api_host: ${JSON.stringify(local(input.host))},
    opt_out_useragent_filter: true,
    person_profiles: 'always',
    capture_pageview: true,
    capture_pageleave: true,
    autocapture: true,
    request_batching: true,
    disable_session_recording: true,
    disable_surveys: true,
  });
</script></html>`

const site = createServer((request, response) => {
  if (request.url.startsWith('/array.full.js')) {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(library)
  } else if (request.url.startsWith('/favicon')) {
    response.writeHead(204).end()
  } else {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  }
})
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${site.address().port}`

const problems = []
const requests = []

async function until(what, condition) {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`not within a minute: ${what}; ${JSON.stringify(requests)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function stored(event) {
  const answer = await fetch(`${local(input.events)}?limit=100&event=${encodeURIComponent(event)}`, { headers: { authorization: `Bearer ${input.readKey}` } })
  return (await answer.json()).events?.length ?? 0
}

const browser = await launch()
try {
  const context = await browser.newContext({
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
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
  const capture = () => requests.filter((request) => /^\/(e|i\/v0\/e|batch)\/?$/.test(request.path) && request.method === 'POST')
  await until('the events are acknowledged and stored', async () =>
    capture().at(-1)?.status === 200 && (await stored('batched')) === 30 && (await stored('$identify')) === 1)

  // Leaving sends $pageleave by sendBeacon; the browser stays until that has arrived.
  await tab.goto('about:blank')
  await until('$pageleave is stored', async () => (await stored('$pageleave')) === 1)
  await context.close()
  done({ anonymousId, origin, problems, requests })
} finally {
  await browser.close()
  site.close()
}
