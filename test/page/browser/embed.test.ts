/** The page in a frame of another site, in a real browser. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import tap, { type Test, test } from 'tap'
import { submit } from '../../http/helper.js'
import { closeBrowser, scene } from './harness.js'

tap.teardown(closeBrowser)

/** A server of another site, with one page that has a frame. Answers its origin. */
async function siteAround (t: Test, frame: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
      .end(`<!doctype html><link rel="icon" href="data:,"><iframe src="${frame}" width="800" height="600"></iframe>`)
  })
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Of another site than the page, which is at 127.0.0.1, and not only of another port.
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

test('an embedded page has only its picture', async t => {
  const { app, open, see } = await scene(t)
  const id = await submit(app, '1+2')
  const page = await open(`?id=${id}&embed=1`)
  await see(page, '.tree .node')
  t.equal(await page.locator('header').count(), 0)
})

test('a site that is allowed shows the page in a frame, and it works there', async t => {
  const settings = { FRAME_ANCESTORS: 'http://localhost:*' }
  const { app, url, open, until, claim, report } = await scene(t, { settings })
  const id = await submit(app, '1+2')
  const page = await open('', { at: await siteAround(t, `${url}/?id=${id}&embed=1`), origins: [url] })
  const frame = page.frameLocator('iframe')
  const see = (selector: string) =>
    until(page, `the frame has ${selector}`, async () => await frame.locator(selector).count() > 0)
  await see('.tree [data-phase="ready"]')
  t.equal(await frame.locator('header').count(), 0)
  const task = await claim('ada')
  await see('.tree [data-phase="running"]')
  await report(task, 3)
  await see('.tree [data-phase="completed"]')
  await frame.getByRole('button', { name: 'Tree', exact: true }).click()
  await see('.pictures:not(:has(.stream))')
})

for (const [name, settings] of [
  ['by default', {}],
  ['where others are allowed', { FRAME_ANCESTORS: 'https://wiki.example' }]
] as const) {
  test(`a site that is not allowed cannot show the page in a frame: ${name}`, async t => {
    const { app, url, open, announce, streams } = await scene(t, { settings })
    const id = await submit(app, '1+2')
    announce(/^console: .*frame-ancestors/)
    const page = await open('', { at: await siteAround(t, `${url}/?id=${id}&embed=1`), origins: [url] })
    t.equal(page.frames().length, 2)
    t.equal(page.frames()[1]?.url(), 'chrome-error://chromewebdata/')
    t.equal(await page.frameLocator('iframe').locator('main').count(), 0)
    t.equal(await streams(), 0)
  })
}
