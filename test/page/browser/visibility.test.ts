/** A page that is not seen, such as one in another tab, in a real browser. */
import type { Page } from 'playwright-core'
import tap, { test } from 'tap'
import { submit } from '../../http/helper.js'
import { closeBrowser, scene } from './harness.js'

tap.teardown(closeBrowser)

// A browser without windows never hides a page, whichever other page is at its front.
const HIDEABLE = `
  let isHidden = false
  Object.defineProperty(document, 'hidden', { get: () => isHidden })
  Object.defineProperty(document, 'visibilityState', { get: () => isHidden ? 'hidden' : 'visible' })
  window.hide = hidden => {
    isHidden = hidden
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  }
`

const hide = (page: Page): Promise<void> => page.evaluate('hide(true)')
const show = (page: Page): Promise<void> => page.evaluate('hide(false)')

/** The requests of a page from now on, as their paths. */
function requestsOf (page: Page): string[] {
  const paths: string[] = []
  page.on('request', request => paths.push(new URL(request.url()).pathname))
  return paths
}

test('a hidden page lets go of its stream, and catches up when it is seen again', async t => {
  const { app, open, see, until, claim, report, streams } = await scene(t)
  const id = await submit(app, '(1+2)*4')
  const page = await open(`?id=${id}`, { script: HIDEABLE })
  await see(page, '.tree [data-phase="ready"]')
  t.equal(await streams(), 1)
  const aborted = page.waitForEvent('requestfailed')
  await hide(page)
  t.match((await aborted).url(), /\/api\/v1\/expressions\/1\/events$/)
  await see(page, '.connection[data-connection="paused"]')
  await until(page, 'the server has closed the stream', async () => await streams() === 0)

  const requests = requestsOf(page)
  await report(await claim('ada'), 3)
  await claim('bob')
  t.equal(await page.locator('.tree [data-phase="completed"]').count(), 0)
  t.same(requests, [], 'it asks for nothing')

  await show(page)
  await see(page, '.tree [data-operation="1"][data-phase="completed"]')
  await see(page, '.tree [data-operation="2"][data-phase="running"]')
  await see(page, '.connection[data-connection="live"]')
  t.same(requests, ['/api/v1/expressions/1/events'], 'one stream brings everything')
  t.equal(await streams(), 1)
})

test('an expression that becomes final while the page is hidden is finished when it is seen again', async t => {
  const { app, open, see, until, claim, report, streams } = await scene(t)
  const id = await submit(app, '1+2')
  const page = await open(`?id=${id}`, { script: HIDEABLE })
  await see(page, '.tree [data-phase="ready"]')
  await hide(page)
  await until(page, 'the stream is closed', async () => await streams() === 0)
  await report(await claim('ada'), 3)
  await show(page)
  await see(page, '.connection[data-connection="ended"]')
  t.equal(await page.locator('.result').textContent(), '3')
  await hide(page)
  t.equal(await page.locator('.connection').getAttribute('data-connection'), 'ended', 'and stays one')
})

test('a page that is opened hidden asks for a stream only when it is seen', async t => {
  const { app, open, see, streams } = await scene(t)
  await submit(app, '1+2')
  const page = await open('?view=expressions', { script: `${HIDEABLE}; isHidden = true` })
  await see(page, '.connection[data-connection="paused"]')
  t.equal(await streams(), 0)
  await show(page)
  await see(page, 'tbody tr')
  t.equal(await streams(), 1)
})

test('a hidden page that goes to another view asks for its stream when it is seen', async t => {
  const { app, open, see, until, streams } = await scene(t)
  await submit(app, '1+2')
  const page = await open('?view=expressions', { script: HIDEABLE })
  await see(page, 'tbody a')
  await hide(page)
  await until(page, 'the stream is closed', async () => await streams() === 0)
  const requests = requestsOf(page)
  await page.evaluate('document.querySelector("tbody a").click()')
  await see(page, '.connection[data-connection="paused"]')
  t.match(page.url(), /\?id=1$/)
  t.same(requests, [])
  await show(page)
  await see(page, '.tree .node')
  t.equal(await streams(), 1)
})
