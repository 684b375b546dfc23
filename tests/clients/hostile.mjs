// Somebody who means ill has sent events, and a colleague has named things: every name, value and text is a piece of a page that would
// run a script or ask another host. Every view shows them, and whether any of it came to life is asked of the page in each.
import { input, until } from './input.mjs'
import { host, open, problems, run, signIn, wait } from './visitor.mjs'

await run(visit)

async function visit() {
  const { context, page } = await open()
  const found = []
  const told = (what) => problems.push(what)
  await context.exposeFunction('__tell', told)
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => void window.__tell(`the policy stopped ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`))
  })
  context.on('page', () => told('a window was opened'))

  /** What of the hostile texts became more than text in the page that is shown. */
  const examine = async (shown, name) => {
    const { alive, texts } = await shown.evaluate((mark) => {
      const alive = []
      if (window.__ran !== undefined) alive.push('a script set its flag')
      for (const element of document.querySelectorAll('script:not([src^="/assets/"], [src="/theme.js"]), iframe, object, embed, base, img[src="x"], svg[onload], form[action*="evil"], link[href*="evil"], meta[http-equiv], marquee')) {
        alive.push(element.outerHTML.slice(0, 200))
      }
      for (const element of document.querySelectorAll('*')) {
        for (const { name, value } of element.attributes) {
          if (/^on/i.test(name) || (/^(href|src|action|formaction|xlink:href|srcdoc)$/i.test(name) && /^\s*(javascript|vbscript|data:text)/i.test(value))) alive.push(`${element.tagName} ${name}=${value.slice(0, 100)}`)
          if (/^(href|src)$/i.test(name) && /evil\.example/.test(value) && !value.startsWith('/')) alive.push(`a way out: ${value.slice(0, 100)}`)
        }
      }
      return { alive, texts: document.body.innerText.split(mark).length - 1 }
    }, input.mark)
    for (const one of alive) told(`${name}: ${one}`)
    found.push([name, texts])
  }
  const settle = async (shown) => {
    await shown.waitForFunction(() => document.querySelector('main h1, main h2, [data-testid]') && !document.querySelector('main [aria-busy="true"]'), null, wait)
    await shown.waitForTimeout(250)
  }
  const see = async (path, name = path) => {
    await page.goto(host + path)
    await settle(page)
    await examine(page, name)
  }
  const view = (name, search = '') => see(`/projects/${input.project}/${name}${search}`, name)

  await page.goto(host)
  await signIn(page)
  await page.getByRole('navigation', { name: 'Views', exact: true }).waitFor(wait)
  for (const one of ['home', 'live', 'persons', 'cohorts', 'data', 'settings', 'start', 'dashboards']) await view(one)
  await view('data', '?tab=properties')
  await view('data', '?tab=problems')

  // The explorer, one event whole, one person.
  await view('events')
  await page.getByTestId('events').getByRole('listitem').getByRole('button').first().click()
  await page.getByRole('dialog').waitFor(wait)
  await page.waitForTimeout(400)
  await examine(page, 'event')
  await view('persons', `?open=${input.person}`)
  await examine(page, 'person')

  // Rows of a statement, with a hostile name as a column's.
  await view('sql')
  await page.getByRole('textbox').first().fill(input.sql)
  await page.getByTestId('sql-run').click()
  await page.getByTestId('sql-result').getByRole('table').waitFor(wait)
  await examine(page, 'rows')

  // Every kind of insight, as a tile and at an address of its own.
  await see(`/projects/${input.project}/dashboards/${input.dashboard}`, 'dashboard')
  await page.waitForFunction(() => [...document.querySelectorAll('[data-testid="tile"]')].every((one) => one.querySelector('[data-answered="true"]')), null, wait)
  await settle(page)
  await examine(page, 'tiles')
  const ways = []
  for (const more of await page.getByTestId('tile-more').all()) {
    await more.click()
    ways.push(await page.getByTestId('edit-tile').getAttribute('href'))
    await page.keyboard.press('Escape')
  }
  for (const way of ways) await see(way, way.split('?')[0].split('/').at(-1))

  // Without a session: the page of a link, and of an invitation.
  const stranger = await browserOfAStranger()
  for (const path of [`/shared/${input.share}`, `/invite/${input.invitation}`]) {
    await stranger.page.goto(host + path)
    await settle(stranger.page)
    await stranger.page.getByText(input.mark).first().waitFor(wait)
    await examine(stranger.page, path.split('/')[1])
  }

  // The same as markup, to see that it would have been noticed. What is told of it comes by several ways, the last of it before the window is closed.
  const before = problems.length
  await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.__ran=1><a href=javascript:window.__ran=1>x</a>'))
  await until('the policy is told', () => problems.slice(before).some((one) => one.startsWith('the policy stopped')), problems)
  await examine(page, 'control')
  await context.close()
  return { found: Object.fromEntries(found), ways: ways.length, control: problems.splice(before) }
}

async function browserOfAStranger() {
  const other = await open({ colorScheme: 'dark' })
  await other.context.exposeFunction('__tell', (what) => problems.push(what))
  return other
}
