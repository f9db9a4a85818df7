/** What is hostile to the page: texts of others, other servers, and viewers in a hurry, in a real browser. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import tap, { test } from 'tap'
import { type TaskShown, submit } from '../../http/helper.js'
import { type Scene, closeBrowser, scene } from './harness.js'

tap.teardown(closeBrowser)

test('a value of a variable is typed key by key', async t => {
  const { app, open, see } = await scene(t)
  const page = await open()
  await page.locator('#expression').fill('x*2+1')
  const field = page.getByLabel('x', { exact: true })
  for (const text of ['1.05', '-0.5', '1e-3', '100.001']) {
    await field.fill('')
    await page.keyboard.type(text)
    t.equal(Number(await field.inputValue()), Number(text), text)
  }
  await page.getByRole('button', { name: 'Calculate', exact: true }).click()
  await see(page, '.tree .node')
  t.equal((await app.inject('/internal/task')).json<{ task: TaskShown }>().task.arg1, 100.001)
})

test('a variable may have a name that all objects have', async t => {
  const { app, open, see } = await scene(t)
  const page = await open()
  for (const name of ['toString', 'constructor']) {
    await page.locator('#expression').fill(`${name}*2+1`)
    t.ok(await page.getByRole('button', { name: 'Calculate', exact: true }).isDisabled(), `${name} has no value`)
    await page.getByLabel(name, { exact: true }).fill('20')
  }
  await page.getByRole('button', { name: 'Calculate', exact: true }).click()
  await see(page, '.tree .node')
  t.equal((await app.inject('/internal/task')).json<{ task: TaskShown }>().task.arg1, 20)
})

test('the lanes of agents have their names, also long ones and of characters of two units', async t => {
  const { app, open, claim, see } = await scene(t)
  const id = await submit(app, '1+2+(3+4)*5-(6-7)')
  await claim('null')
  await app.inject('/internal/task')
  await claim(encodeURIComponent(`${'😀'.repeat(40)}x${'😀'.repeat(41)}`))
  const page = await open(`?id=${id}`)
  await see(page, '.lanes .agent >> nth=2')
  const names = await page.locator('.lanes .agent').evaluateAll(all => all.map(each => each.firstChild?.textContent))
  t.match(names.sort(), ['agents without a name', 'null', /^😀+…😀+$/u])
})

async function saved (page: Page, name: string): Promise<Buffer> {
  const button = page.getByRole('button', { name: `${name}: Task stream` })
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
  return await readFile(await download.path())
}

test('a picture is saved whatever characters the names and errors of agents have', async t => {
  const { app, open, claim, see } = await scene(t)
  const id = await submit(app, '1+2')
  const task = await claim(encodeURIComponent('\u0002 & <b>'))
  const message = 'No \u0001 beads \uffff</title><script>alert(1)</script>'
  const error = { code: 'no_beads', message, retryable: true }
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: task.id, lease: task.lease, error } })
  const page = await open(`?id=${id}`)
  await see(page, '.bar[data-state="lost"]')
  const svg = (await saved(page, 'Save SVG')).toString()
  t.match(svg, 'No \u{fffd} beads \u{fffd}&lt;/title&gt;&lt;script&gt;')
  t.notMatch(svg, /<script|\shref=|\sstyle=/)
  t.match((await saved(page, 'Save PNG')).toString('latin1'), /^\x89PNG/, 'a browser reads it')
})

test('a PNG of a stream of 500 lanes has the names of the agents, on the ground of the page', async t => {
  const { app, open, claim, see } = await scene(t)
  const id = await submit(app, Array.from({ length: 500 }, (_, index) => `${index}*2`).join('+'))
  for (let index = 0; index < 500; index++) await claim('ada')
  const page = await open(`?id=${id}`)
  await see(page, 'canvas')
  const png = (await saved(page, 'Save PNG')).toString('base64')
  interface Found { width: number, height: number, corner: number, names: number }
  const { width, height, corner, names } = await page.evaluate<Found>(`
    new Promise((resolve, reject) => {
      const image = new Image()
      image.onerror = reject
      image.onload = () => {
        const { width, height } = image
        const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d')
        context.drawImage(image, 0, 0)
        const [red] = context.getImageData(0, 0, 1, 1).data
        // The first 50 px, where the names are.
        const { data } = context.getImageData(0, 0, Math.floor(width / 17), height)
        const names = data.filter((value, index) => index % 4 === 0 && value < 100).length
        resolve({ width, height, corner: red, names })
      }
      image.src = 'data:image/png;base64,${png}'
    })
  `)
  t.ok(height > 1_000 && height <= 16_384 && width > 500, `${width} × ${height}`)
  t.equal(corner, 255)
  t.ok(names > 500, `${names} dark pixels`)
})

/** Lets another server answer the requests of a page, and cuts its stream. */
async function moveTo (page: Page, from: Scene, to: Scene): Promise<void> {
  await page.route(`${from.url}/**`, async route => {
    const { pathname, search } = new URL(route.request().url())
    await route.continue({ url: `${to.url}${pathname}${search}` })
  })
  from.app.server.closeAllConnections()
}

test('a server that begins again has another expression with the same id, or none', async t => {
  const [first, other, empty] = [await scene(t), await scene(t), await scene(t)]
  await submit(first.app, '(1+2)*3')
  first.announce(/^404 for \/api\/v1\/expressions\/1\/events$/)
  other.clock.advance(60_000)
  await submit(other.app, '8-(9-7)')
  await first.claim('ada')
  const page = await first.open('?id=1')
  await first.see(page, '.tree [data-phase="running"]')
  await moveTo(page, first, other)
  await other.see(page, '.source:has-text("8-(9-7)")')
  t.match(await page.locator('.tree .node[data-phase="waiting"]').getAttribute('aria-label'), '#2 8 − ·')
  t.same(await page.locator('.tree .leaf').allTextContents(), ['8', '9', '7'])
  await page.unroute(`${first.url}/**`)
  await moveTo(page, first, empty)
  other.app.server.closeAllConnections()
  await empty.see(page, 'main [role="alert"]:has-text("There is no expression 1")')
  await empty.see(page, '.connection[data-connection="refused"]')
  t.equal(await page.locator('.tree .leaf').count(), 3, 'the last state stays')
})

test('the page goes on after something else has answered for the server', async t => {
  for (const answer of [
    { status: 404, contentType: 'text/plain', body: '404 page not found' },
    { status: 200, contentType: 'text/html', body: '<h1>Maintenance</h1>' }
  ]) {
    const { app, open, see, url, announce } = await scene(t)
    announce(/^404 for \/api\/v1\/expressions\/1\/events$/)
    await submit(app, '(1+2)*3')
    const page = await open('?id=1')
    await see(page, '.connection[data-connection="live"]')
    await page.route(`${url}/api/**`, route => route.fulfill(answer))
    const answered = page.waitForResponse(response => response.status() === answer.status)
    app.server.closeAllConnections()
    await answered
    await see(page, '.connection[data-connection="away"]')
    await see(page, '.tree .node')
    await page.unroute(`${url}/api/**`)
    await page.locator('.connection[data-connection="live"]').waitFor()
  }
})
