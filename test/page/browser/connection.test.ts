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

test('without scripts there is a table', async t => {
  const { app, open } = await scene(t)
  const id = await submit(app, '1+2')
  const page = await open('', { javaScriptEnabled: false })
  await page.getByRole('link', { name: String(id), exact: true }).click()
  t.match(await page.locator('body').innerText(), /1 \+ 2\s+ready/)
})
