// What axe finds in a page. The policy of the app allows no foreign script in it; axe runs in an isolated world of its own.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export async function violationsOf(context, page) {
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
