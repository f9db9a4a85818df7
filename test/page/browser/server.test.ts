/** The operator's view, in a real browser. */
import type { Page } from 'playwright-core'
import tap, { test } from 'tap'
import { submit } from '../../http/helper.js'
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
  await alert.waitFor({ state: 'detached' })
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
