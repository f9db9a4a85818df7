/** The connection of the page to its server, in a real browser. */
import tap, { test } from 'tap'
import { submit } from '../../http/helper.js'
import { closeBrowser, scene } from './harness.js'

tap.teardown(closeBrowser)

test('a page has one stream, whatever it shows', async t => {
  const { app, open, see, until, streams } = await scene(t)
  const id = await submit(app, '1+2')
  const page = await open()
  await see(page, '.latest li')
  for (const [name, count] of [['Expressions', 1], ['Agents', 1], ['Server', 1], ['Calculate', 1]] as const) {
    await page.getByRole('link', { name, exact: true }).click()
    await until(page, `${name} has ${count}`, async () => await streams() === count)
  }
  await page.locator('.latest a').first().click()
  await see(page, `h1:has-text("Expression ${id}")`)
  await until(page, 'the list is left', async () => await streams() === 1)
})

test('a hidden page lets go of its stream, and catches up when it is seen again', async t => {
  const { app, open, see, until, claim, report, streams } = await scene(t)
  const id = await submit(app, '1+2')
  const page = await open(`?id=${id}`)
  await see(page, '.tree [data-phase="ready"]')
  const hide = (isHidden: boolean) => page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))
  `)
  await hide(true)
  await until(page, 'the stream is closed', async () => await streams() === 0)
  await report(await claim('ada'), 3)
  t.equal(await page.locator('.tree [data-phase="completed"]').count(), 0)
  await hide(false)
  await see(page, '.tree [data-phase="completed"]')
})

test('a server that is away is shown as away, with the last state, and the page goes on by itself', async t => {
  const { open, see, url } = await scene(t)
  const page = await open()
  await see(page, '.connection[data-connection="live"]')
  await page.route(`${url}/api/v1/events*`, route => route.abort())
  // The stream that is open is not cut by a route.
  await page.reload()
  await see(page, '.connection[data-connection="away"]')
  await page.unroute(`${url}/api/v1/events*`)
  await see(page, '.connection[data-connection="live"]')
})

test('without scripts there is a table', async t => {
  const { app, open } = await scene(t)
  const id = await submit(app, '1+2')
  const page = await open('', { javaScriptEnabled: false })
  await page.getByRole('link', { name: String(id), exact: true }).click()
  t.match(await page.locator('body').innerText(), /1 \+ 2\s+ready/)
})

test('an embedded page has only its picture', async t => {
  const { app, open, see } = await scene(t)
  const id = await submit(app, '1+2')
  const page = await open(`?id=${id}&embed=1`)
  await see(page, '.tree .node')
  t.equal(await page.locator('header').count(), 0)
})
