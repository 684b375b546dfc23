import { Analytics } from '@segment/analytics-node'
import { done, input, local } from './input.mjs'

const errors = []
const client = new Analytics({
  writeKey: input.key,
  host: local(input.host),
  flushAt: input.flushAt ?? 15,
  flushInterval: 100,
  maxRetries: 8,
})
client.on('error', (error) => errors.push(JSON.stringify(error)))

client.track({ anonymousId: 'seg-anon', event: 'looked around', properties: { step: 1 } })
client.identify({ userId: 'grace', anonymousId: 'seg-anon', traits: { email: 'grace@example.com', plan: 'team' } })
client.page({ userId: 'grace', category: 'Docs', name: 'Start', properties: { url: 'https://shop.example.com/docs?utm_source=news', path: '/docs', title: 'Start' } })
client.screen({ userId: 'grace', name: 'Cart', properties: { items: 2 } })
client.group({ userId: 'grace', groupId: 'g1', traits: { name: 'Acme' } })
client.alias({ userId: 'grace', previousId: 'grace-before' })
client.track({
  userId: 'grace',
  event: 'order placed',
  messageId: input.uuid,
  timestamp: new Date(input.timestamp),
  properties: { amount: 12.5, items: 3, gift: true, tags: ['a', 'b'] },
})
for (let i = 0; i < (input.batch ?? 40); i++) {
  client.track({ userId: `user-${i % 5}`, event: 'batched', properties: { i } })
}
await client.closeAndFlush({ timeout: 60_000 })
done({ errors })
