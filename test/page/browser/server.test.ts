/** The operator's view, in a real browser. */
import type { Page, Request } from 'playwright-core'
import tap, { test } from 'tap'
import { defer, submit } from '../../http/helper.js'
import { checkAccessibility } from './axe.js'
import { closeBrowser, scene, shoot } from './harness.js'

tap.teardown(closeBrowser)

/** Opens the view, and waits for figures. */
async function opened (open: (query: string) => Promise<Page>, lang = 'en'): Promise<Page> {
  const page = await open(`?view=server&lang=${lang}`)
  await page.locator('.server-figures .number').first().waitFor()
  return page
}

/** Makes the page read once more: it is hidden, and seen again. */
async function readAgain (page: Page): Promise<void> {
  for (const isHidden of [true, false]) await hide(page, isHidden)
}

function hide (page: Page, isHidden: boolean): Promise<unknown> {
  return page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))
  `)
}

/** From then on, the test turns the time of the page. */
async function stopTime (page: Page): Promise<void> {
  await page.clock.install({ time: 0 })
  await page.clock.pauseAt(3_600_000)
}

/** Turns the time until there is a request, by as little as that takes. */
async function turnUntil (page: Page, request: Promise<Request>): Promise<Request> {
  for (;;) {
    const found = await Promise.race([request, page.clock.runFor(10)])
    if (found !== undefined) return found
  }
}

test('a server that drains, or whose store is unavailable, is shown as such, by shape and text', async t => {
  let serves = true
  const { app, orchestrator, open, announce } = await scene(t, { store: () => ({ serves: () => serves }) })
  announce(/^503 for \/(health\/ready|api\/v1\/events)$/)
  await submit(app, '(1+2)*(3+4)')
  await app.inject('/internal/task?agent=ada')
  const page = await opened(open)
  const readiness = page.locator('.readiness').first()
  t.equal(await readiness.innerText(), 'accepting work')
  t.equal(await readiness.locator('[data-shape="check"][aria-hidden="true"]').count(), 1)
  await shoot(page, 'server-accepting')

  serves = false
  await readAgain(page)
  await page.locator('.readiness[data-readiness="store_unavailable"]').first().waitFor()
  t.equal(await readiness.innerText(), 'store unavailable')
  t.equal(await readiness.locator('[data-shape="cross"]').count(), 1)
  await checkAccessibility(t, page, 'a store that is unavailable')
  await shoot(page, 'server-store')

  serves = true
  orchestrator.drain()
  await readAgain(page)
  await page.locator('.readiness[data-readiness="draining"]').waitFor()
  t.equal(await readiness.innerText(), 'draining')
  t.equal(await readiness.locator('[data-shape="half"]').count(), 1)
  t.match(await page.locator('main').innerText(), /The server is shutting down: it accepts no expressions/)
  await checkAccessibility(t, page, 'a server that drains')
  await shoot(page, 'server-draining')
})

test('an answer with an error is shown with its status and message, and no answer as none', async t => {
  const { app, open, url, announce } = await scene(t)
  announce(/^403 for \/metrics$/)
  await submit(app, '1+2')
  const page = await opened(open)
  const alert = page.locator('[role="alert"]')
  await page.route(`${url}/metrics`, route => route.fulfill({
    status: 403, contentType: 'application/problem+json', body: '{"detail":"Only the monitoring may read this"}'
  }))
  await readAgain(page)
  await alert.waitFor()
  const text = await alert.innerText()
  t.match(text, '▲ The server answers /metrics with status 403: Only the monitoring may read this. The figures are')
  t.match(await page.locator('.server-figures').innerText(), /Open operations\s+1/, 'the last figures stay')
  t.equal(await page.locator('.readiness').first().innerText(), 'accepting work')
  await shoot(page, 'server-refused')

  await page.unroute(`${url}/metrics`)
  await page.route(/metrics|ready/, route => route.abort())
  await readAgain(page)
  await page.locator('[role="alert"]:has-text("The server does not answer.")').waitFor()
  t.equal(await page.locator('.readiness').first().innerText(), 'not known')

  await page.unroute(/metrics|ready/)
  await readAgain(page)
  await page.locator('.readiness[data-readiness="accepting"]').first().waitFor()
  t.equal(await alert.count(), 0)
})

test('the server is asked once at a time, again after its answer, and not by a hidden page', async t => {
  const { open, url } = await scene(t)
  const page = await open('?view=agents')
  let asked = 0
  page.on('request', request => { if (request.url() === `${url}/metrics`) asked++ })
  let gate = defer()
  await page.route(`${url}/metrics`, async route => {
    await gate.promise
    await route.continue().catch(() => {})
  })
  await stopTime(page)
  const next = () => page.waitForRequest(`${url}/metrics`)
  await page.getByRole('link', { name: 'Server' }).click()
  const first = await turnUntil(page, next())
  await page.clock.runFor(8_000)
  t.equal(asked, 1, 'it waits for the answer')
  gate.resolve()
  await (await first.response())?.finished()
  await page.locator('.server-figures .number').first().waitFor()
  await page.clock.runFor(4_000)
  t.equal(asked, 1, 'and some time after it')
  gate = defer()
  const [second] = await Promise.all([next(), page.clock.runFor(2_000)])
  await Promise.all([page.waitForEvent('requestfailed', request => request === second), hide(page, true)])
  await page.clock.runFor(60_000)
  t.equal(asked, 2)
  await Promise.all([next(), hide(page, false)])
  t.equal(asked, 3, 'and asks at once when it is seen again')
  gate.resolve()
})

test('an answer that takes too long is given up, and the server is asked again', async t => {
  const { open, url } = await scene(t)
  const page = await open('?view=agents')
  const ends: Array<() => void> = []
  await page.route(`${url}/metrics`, route => new Promise<void>(resolve => {
    ends.push(() => {
      route.abort().catch(() => {})
      resolve()
    })
  }))
  await stopTime(page)
  const next = () => page.waitForRequest(`${url}/metrics`)
  await page.getByRole('link', { name: 'Server' }).click()
  await turnUntil(page, next())
  await page.clock.runFor(10_000)
  await page.locator('[role="alert"]:has-text("The server does not answer.")').waitFor()
  await page.unroute(`${url}/metrics`)
  await Promise.all([next(), page.clock.runFor(5_000)])
  await page.locator('.server-figures .number').first().waitFor()
  t.equal(await page.locator('[role="alert"]').count(), 0)
  for (const end of ends) end()
})

test('what is counted from the start of the server says so, in each language', async t => {
  const { open } = await scene(t)
  for (const [lang, text] of [['en', 'since the server started'], ['ru', 'с запуска сервера'],
    ['es', 'desde el inicio del servidor']] as const) {
    const page = await opened(open, lang)
    t.match(await page.locator('.server-figures').innerText(), text)
    await page.setViewportSize({ width: 360, height: 800 })
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, `${lang} fits`)
  }
})
