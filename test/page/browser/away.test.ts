/** A page whose server goes away while a stream is open, in a real browser. */
import tap, { test } from 'tap'
import { submit } from '../../http/helper.js'
import { cuttableProxy } from './cuttable-proxy.js'
import { checkAccessibility } from './axe.js'
import { closeBrowser, scene, shoot } from './harness.js'

tap.teardown(closeBrowser)

/** A page that tries again soon: its delays are at random, up to some seconds. */
const SOON = 'Math.random = () => 0.02'

test('while the server is away, an expression is shown as it was last, and the page goes on by itself', async t => {
  const { app, url, open, claim, report, see, until, streams } = await scene(t)
  const proxy = await cuttableProxy(t, portOf(url))
  const id = await submit(app, '(1+2)*(3+4)')
  const first = await claim('ada')
  const page = await open(`?id=${id}`, { at: proxy.url, script: SOON })
  await see(page, '.connection[data-connection="live"]')
  await see(page, '.tree [data-operation="1"][data-phase="running"]')

  await proxy.cut()
  await see(page, '.connection[data-connection="away"]')
  await until(page, 'the server sees it as well', async () => await streams() === 0)
  t.equal(await page.locator('.connection').textContent(), 'no live updates, trying again')
  const moment = await page.getByRole('slider').inputValue()
  await page.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
  t.equal(await page.getByRole('slider').inputValue(), moment, 'the picture stands still')
  await report(first, 3)
  await claim('bob')
  t.equal(await page.locator('.tree .node').count(), 3)
  t.equal(await page.locator('.tree [data-operation="1"][data-phase="running"]').count(), 1)
  t.equal(await page.locator('.stream .bar').count(), 1)
  await checkAccessibility(t, page, 'an expression whose server is away')
  await shoot(page, 'expression-away')

  await proxy.mend()
  await see(page, '.connection[data-connection="live"]')
  await see(page, '.tree [data-operation="1"][data-phase="completed"]')
  await see(page, '.tree [data-operation="2"][data-phase="running"]')
  t.equal(await page.locator('.stream .bar').count(), 2)
  t.equal(await streams(), 1)
})

test('the lists keep their last state while the server is away, and are caught up', async t => {
  const { app, url, open, see } = await scene(t)
  const proxy = await cuttableProxy(t, portOf(url))
  const id = await submit(app, '1+2')
  await app.inject('/internal/task?agent=ada')
  const page = await open('?view=expressions', { at: proxy.url, script: SOON })
  await see(page, 'tbody tr')
  await proxy.cut()
  await see(page, '.connection[data-connection="away"]')
  await app.inject({ method: 'DELETE', url: `/api/v1/expressions/${id}` })
  await submit(app, '3+4')
  t.match(await page.locator('tbody').innerText(), /^1\s+in progress/)
  for (const [name, selector] of [['Agents', 'tbody:has-text("ada")'], ['Server', '.error']] as const) {
    await page.getByRole('link', { name, exact: true }).click()
    await see(page, selector)
    t.equal(await page.locator('.connection').getAttribute('data-connection'), 'away', name)
  }
  await proxy.mend()
  await page.getByRole('link', { name: 'Expressions', exact: true }).click()
  await see(page, '.connection[data-connection="live"]')
  await see(page, 'tbody tr:nth-child(2)')
  t.match(await page.locator('tbody').innerText(), /^2\s+pending[^]*\n1\s+cancelled/)
})

test('an expression that is entered while the server is away is submitted once it is back', async t => {
  const { app, url, open, see } = await scene(t)
  const proxy = await cuttableProxy(t, portOf(url))
  const page = await open('', { at: proxy.url, script: SOON })
  await see(page, '.connection[data-connection="live"]')
  await proxy.cut()
  await page.locator('#expression').fill('1+2')
  await page.getByRole('button', { name: 'Calculate', exact: true }).click()
  await see(page, '.connection[data-connection="away"]')
  t.ok(await page.getByRole('button', { name: 'Submitting' }).isDisabled())
  await proxy.mend()
  await see(page, '.tree .node')
  const { expressions } = (await app.inject('/api/v1/expressions')).json<{ expressions: object[] }>()
  t.equal(expressions.length, 1)
})

test('a server that comes back without its store: the list is the new one, and the expression is said to be gone',
  async t => {
    const { app, url, open, see, announce } = await scene(t)
    const proxy = await cuttableProxy(t, portOf(url))
    await submit(app, '1+2')
    const id = await submit(app, '3+4')
    const list = await open('?view=expressions', { at: proxy.url, script: SOON })
    const page = await open(`?id=${id}`, { at: proxy.url, script: SOON })
    await see(list, 'tbody tr:nth-child(2)')
    await see(page, '.tree .node')
    const other = await scene(t)
    await submit(other.app, '7')
    announce(/^404 for \/api\/v1\/expressions\/2\/events$/)
    await proxy.cut()
    await proxy.mend(portOf(other.url))
    await see(list, 'tbody tr:only-child:has-text("7")')
    await see(page, 'main:has-text("There is no expression 2")')
    await see(page, '.connection[data-connection="refused"]')
    t.equal(await page.locator('.tree .node').count(), 1, 'what was drawn is kept')
    t.equal(await page.getByRole('button', { name: 'Cancel' }).count(), 0, 'there is nothing to cancel')
    t.equal(await page.locator('details:has-text("DELETE")').count(), 0)
    await checkAccessibility(t, page, 'an expression that is gone')
    await shoot(page, 'expression-gone')
  })

function portOf (url: string): number {
  return Number(new URL(url).port)
}
