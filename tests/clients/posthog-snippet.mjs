// A site that loads posthog-js by a snippet from where it sends to, with what was asked for before the library was there.
import { createServer } from 'node:http'
import { launch } from './chromium.mjs'
import { done, input, local, until } from './input.mjs'
import { stored, userAgent } from './posthog-page.mjs'

const host = local(input.host)
const options = { api_host: host, opt_out_useragent_filter: true, person_profiles: 'always', capture_performance: { web_vitals: true }, capture_exceptions: true, capture_pageleave: false }
const page = `<!doctype html><html lang="en"><title>Shop</title>
<script>
  (function () {
    var calls = window.posthog = []
    calls.__SV = 1
    calls._i = []
    calls.init = function (key, options) { calls._i.push([key, options]) }
    calls.capture = function () { calls.push(['capture'].concat([].slice.call(arguments))) }
    var script = document.createElement('script')
    script.async = true
    script.crossOrigin = 'anonymous'
    script.src = ${JSON.stringify(host)} + '/static/array.js'
    document.head.appendChild(script)
  })()
  posthog.init(${JSON.stringify(input.key)}, ${JSON.stringify(options)})
  posthog.capture('before the library', { step: 1 })
</script>
<h1>Shop</h1></html>`
const site = createServer((request, response) => {
  response.writeHead(request.url.startsWith('/favicon') ? 204 : 200, { 'content-type': 'text/html' }).end(request.url.startsWith('/favicon') ? undefined : page)
})
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve))

const scripts = []
const browser = await launch()
try {
  const context = await browser.newContext({ userAgent })
  const tab = await context.newPage()
  tab.on('response', (response) => {
    if (new URL(response.url()).pathname.startsWith('/static/')) {
      scripts.push({ path: new URL(response.url()).pathname, status: response.status(), encoding: response.headers()['content-encoding'] })
    }
  })
  await tab.goto(`http://127.0.0.1:${site.address().port}/pricing`)
  await tab.waitForFunction(() => window.posthog?.__loaded)
  await tab.evaluate(() => window.posthog.capture('after the library', { step: 2 }))
  await until('its parts are loaded', async () => ['web-vitals-with-attribution', 'exception-autocapture'].every((part) => scripts.some((script) => script.path.endsWith(`/${part}.js`))), scripts)
  await tab.evaluate(() => { setTimeout(() => { throw new Error('Out of stock') }) })
  await until('the events are stored', async () =>
    (await Promise.all(['$pageview', 'before the library', 'after the library', '$exception'].map(stored))).every((count) => count === 1), scripts)
  await context.close()
  done({ scripts })
} finally {
  await browser.close()
  site.close()
}
