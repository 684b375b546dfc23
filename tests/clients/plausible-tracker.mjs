import { createRequire } from 'node:module'
import { done, input, local } from './input.mjs'
import { openPage } from './page.mjs'

const dom = openPage('https://shop.example.com/pricing?utm_source=news&utm_medium=mail', { referrer: 'https://www.google.com/' })
const Plausible = createRequire(import.meta.url)('plausible-tracker').default
const plausible = Plausible({ domain: input.domain, apiHost: local(input.host) })

const sent = (send) => new Promise((resolve) => send({ callback: resolve }))
await sent((options) => plausible.trackPageview({}, options))
await sent((options) => plausible.trackEvent('Signup', { ...options, props: { plan: 'pro', seats: 3, trial: true } }))
await sent((options) => plausible.trackPageview({ url: 'https://shop.example.com/docs', referrer: '' }, options))
dom.window.close()
done()
