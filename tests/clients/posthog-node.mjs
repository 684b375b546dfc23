import { PostHog } from 'posthog-node'
import { done, input, local } from './input.mjs'

const errors = []
const client = new PostHog(input.key, {
  host: local(input.host),
  flushAt: input.flushAt ?? 20,
  flushInterval: 100,
  fetchRetryDelay: 200,
  fetchRetryCount: 5,
})
client.on('error', (error) => errors.push(String(error)))

client.capture({ distinctId: 'anon-7', event: 'looked around', properties: { step: 1 } })
client.identify({ distinctId: 'ada', properties: { $set: { email: 'ada@example.com', plan: 'pro' }, $set_once: { first_seen: '2026-11-01' } } })
client.alias({ distinctId: 'ada', alias: 'anon-7' })
client.groupIdentify({ groupType: 'company', groupKey: 'c1', properties: { name: 'Acme', seats: 12 } })
client.capture({
  distinctId: 'ada',
  event: 'order placed',
  uuid: input.uuid,
  timestamp: new Date(input.timestamp),
  groups: { company: 'c1' },
  properties: { amount: 12.5, items: 3, gift: true, tags: ['a', 'b'], shipping: { city: 'Köln' }, note: 'grüße 🎈', nothing: null },
})
for (let i = 0; i < (input.batch ?? 50); i++) {
  client.capture({ distinctId: `user-${i % 5}`, event: 'batched', properties: { i } })
}
await client.shutdown(60_000)
done({ errors })
