import { done, input, local } from './input.mjs'
import { openPage } from './page.mjs'

const dom = openPage('https://shop.example.com/pricing?utm_source=news', { referrer: 'https://duckduckgo.com/' })
const statuses = []
const { init, track } = await import('@plausible-analytics/tracker')
init({ domain: input.domain, endpoint: `${local(input.host)}/api/event`, autoCapturePageviews: false, logging: false })

const sent = (name, options) => new Promise((resolve) => track(name, { ...options, callback: (result) => resolve(statuses.push(result?.status ?? String(result?.error ?? result))) }))
await sent('pageview', {})
await sent('Signup', { props: { plan: 'pro' }, revenue: { amount: 29.9, currency: 'EUR' } })
await sent('Background', { interactive: false })
dom.window.close()
done({ statuses })
process.exit(0)
