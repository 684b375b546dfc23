// A site whose pages include posthog-js as its package ships it, and what is stored of what it sends.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { input, local } from './input.mjs'

export const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

// The options come on top of what every page here has.
export async function serve(options = {}) {
  const library = await readFile(createRequire(import.meta.url).resolve('posthog-js/dist/array.full.js'))
  const init = {
    api_host: local(input.host),
    opt_out_useragent_filter: true,
    person_profiles: 'always',
    capture_pageview: true,
    capture_pageleave: true,
    autocapture: true,
    request_batching: true,
    disable_session_recording: true,
    disable_surveys: true,
    ...options,
  }
  const page = `<!doctype html><html lang="en"><title>Shop</title>
<h1>Shop</h1><button id="buy" data-attr="buy">Buy now</button>
<script src="/array.full.js"></script>
<script>posthog.init(${JSON.stringify(input.key)}, ${JSON.stringify(init)});</script></html>`
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
  return { origin: `http://127.0.0.1:${site.address().port}`, close: () => site.close() }
}

export async function stored(event) {
  const answer = await fetch(`${local(input.events)}?limit=100&event=${encodeURIComponent(event)}`, { headers: { authorization: `Bearer ${input.readKey}` } })
  return (await answer.json()).events?.length ?? 0
}
