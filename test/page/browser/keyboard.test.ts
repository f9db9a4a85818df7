/** The page by keyboard alone, in a real browser. */
import type { Page } from 'playwright-core'
import tap, { type Test, test } from 'tap'
import { submit } from '../../http/helper.js'
import { type Scene, closeBrowser, scene } from './harness.js'

tap.teardown(closeBrowser)

/** More than any view has places for the focus. */
const MAX_PLACES = 80

/** Presses Tab until something has the focus. */
async function tabTo (t: Test, page: Page, selector: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let presses = 0; presses < MAX_PLACES; presses++) {
    if (await page.locator(selector).and(page.locator(':focus')).count() > 0) return
    await page.keyboard.press(key)
  }
  t.fail(`${key} does not reach ${selector}`)
}

async function press (page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

const labelOfFocus = (page: Page): Promise<string | null> => page.locator(':focus').getAttribute('aria-label')

/** `(1+2)*(3+4)`, worked out by two agents in 2 s. */
async function finished ({ app, claim, report, clock }: Scene): Promise<number> {
  const id = await submit(app, '(1+2)*(3+4)')
  const [one, two] = [await claim('ada'), await claim('bob')]
  clock.advance(1_000)
  await report(one, 3)
  await report(two, 7)
  const three = await claim('ada')
  clock.advance(1_000)
  await report(three, 21)
  return id
}

test('every view is reached from the navigation, the list is filtered, and an expression is opened', async t => {
  const all = await scene(t)
  const { app, open, see } = all
  await finished(all)
  await submit(app, '5+6')
  const page = await open()
  await see(page, '.latest li')
  for (const [name, heading, selector] of [
    ['Agents', 'Agents', 'tbody tr'], ['Server', 'Server', '.server-figures'],
    ['Expressions', 'Expressions', 'tbody tr:nth-child(2)']
  ] as const) {
    await tabTo(t, page, `nav a:text-is("${name}")`, name === 'Agents' ? 'Shift+Tab' : 'Tab')
    await press(page, 'Enter')
    await see(page, `h1:text-is("${heading}")`)
    await see(page, selector)
    t.equal(await page.locator('nav a[aria-current]:focus').textContent(), name, 'the focus stays in the navigation')
    await press(page, 'Shift+Tab', 'Shift+Tab', 'Shift+Tab')
  }
  await tabTo(t, page, 'label:has-text("Status") select')
  await press(page, 'ArrowDown', 'ArrowDown', 'ArrowDown')
  await see(page, 'tbody tr:only-child')
  t.equal(new URL(page.url()).search, '?view=expressions&status=completed')
  await tabTo(t, page, 'tbody a')
  await press(page, 'Enter')
  await see(page, '.tree .node')
  t.equal(new URL(page.url()).search, '?id=1')
  await see(page, 'main:focus')
  await page.goBack()
  await see(page, 'tbody tr:only-child')
})

test('the link to the content skips the navigation', async t => {
  const { open, see } = await scene(t)
  const page = await open('?view=server')
  await see(page, '.server-figures')
  await press(page, 'Tab')
  t.equal(await page.locator(':focus').textContent(), 'Skip to the content')
  await press(page, 'Enter')
  await see(page, 'main:focus')
  await see(page, 'h1:text-is("Server")')
})

test('any moment is found with the arrows, and linked', async t => {
  const all = await scene(t)
  const { open, see } = all
  const page = await open(`?id=${await finished(all)}`)
  await see(page, '.connection[data-connection="ended"]')
  await tabTo(t, page, 'input[type="range"]')
  await press(page, 'Home')
  await see(page, '.tree [data-operation="3"][data-phase="waiting"]')
  await press(page, ...Array.from({ length: 10 }, () => 'ArrowRight'))
  await see(page, '.tree [data-operation="1"][data-phase="running"]')
  await press(page, 'End')
  await see(page, '.tree [data-operation="3"][data-phase="completed"]')
  await press(page, 'ArrowLeft')
  await see(page, '.tree [data-operation="3"][data-phase="running"]')
  await tabTo(t, page, 'label:has-text("Speed") select')
  await press(page, 'ArrowDown')
  t.equal(await page.getByLabel('Speed').inputValue(), '2')
  await tabTo(t, page, 'button:text-is("Link to this moment")')
  await press(page, 'Enter')
  t.match(new URL(page.url()).search, /^\?id=1&at=19\d\d$/)
  await tabTo(t, page, '.play', 'Shift+Tab')
  await press(page, 'Home', 'Space')
  await see(page, '.tree [data-operation="3"][data-phase="completed"]')
})

test('the tree: arrows go from operation to operation, Enter folds, and a click says where they start', async t => {
  const all = await scene(t)
  const { open, see } = all
  const page = await open(`?id=${await finished(all)}`)
  await see(page, '.tree .node')
  await tabTo(t, page, '.tree .node')
  t.match(await labelOfFocus(page), /^#3 3 × 7: completed, gives 21, by ada$/)
  for (const [key, label] of [
    ['ArrowDown', /^#1 /], ['ArrowRight', /^#2 /], ['ArrowRight', /^#2 /], ['ArrowLeft', /^#1 /], ['ArrowUp', /^#3 /],
    ['ArrowDown', /^#1 /], ['Home', /^#3 /]
  ] as const) {
    await press(page, key)
    t.match(await labelOfFocus(page), label, key)
  }
  await press(page, 'Enter')
  await see(page, '.tree .node:focus .folded')
  t.equal(await page.locator('.tree .node').count(), 1)
  await press(page, 'Space')
  await see(page, '.tree .node[data-operation="2"]')
  t.match(await labelOfFocus(page), /^#3 /)
  await page.locator('.tree .node[data-operation="1"]').click()
  await press(page, 'ArrowRight')
  t.match(await labelOfFocus(page), /^#2 /)
  await press(page, 'Tab')
  t.equal(await page.locator('.tree .node:focus').count(), 0, 'the tree is one place for the Tab key')
  t.equal(await page.locator('.tree [tabindex="0"]').count(), 1)
  await press(page, 'Shift+Tab')
  t.match(await labelOfFocus(page), /^#2 /, 'which it comes back to')
})

test('the task stream: arrows go along a lane, and to the next lane', async t => {
  const all = await scene(t)
  const { open, see } = all
  const page = await open(`?id=${await finished(all)}`)
  await see(page, '.stream .bar')
  await tabTo(t, page, '.stream .bar')
  for (const [key, label] of [
    ['ArrowRight', /^#3 .*by ada$/], ['ArrowDown', /^#2 .*by bob$/], ['ArrowUp', /^#1 .*by ada$/],
    ['ArrowLeft', /^#1 /]
  ] as const) {
    await press(page, key)
    t.match(await labelOfFocus(page), label, key)
  }
  await see(page, '.tree [data-operation="1"][data-lit]')
  await press(page, 'Shift+Tab')
  t.equal(await page.locator('.stream .bar:focus').count(), 0, 'the stream is one place for the Tab key')
  t.equal(await page.locator('.stream [tabindex="0"]').count(), 1)
  await page.locator('.stream .bar[data-operation="2"]').click()
  await press(page, 'ArrowUp')
  t.match(await labelOfFocus(page), /^#1 /, 'a click says where they start')
  for (const name of ['Tree', 'Task stream', 'Both']) {
    await tabTo(t, page, `button:text-is("${name}")`, name === 'Tree' ? 'Shift+Tab' : 'Tab')
    await press(page, 'Enter')
    await see(page, `button[aria-pressed="true"]:text-is("${name}")`)
  }
})

test('language and colours are chosen with the arrows', async t => {
  const { open, see } = await scene(t)
  const page = await open('?view=server')
  await see(page, '.server-figures')
  await tabTo(t, page, 'label:has-text("Language") select')
  await press(page, 'ArrowDown')
  await see(page, 'html[lang="ru"]')
  await press(page, 'ArrowDown')
  await see(page, 'h1:text-is("Servidor")')
  await press(page, 'Tab', 'ArrowDown')
  await see(page, 'html[data-theme="light"]')
  await press(page, 'ArrowDown')
  await see(page, 'html[data-theme="dark"]')
})

test('places in the pictures are places in every browser: names of attributes count their case in SVG', async t => {
  const all = await scene(t)
  const { open, see } = all
  const page = await open(`?id=${await finished(all)}`)
  await see(page, '.stream .bar')
  const names = await page.evaluate<string[]>(`
    [...document.querySelectorAll('svg *')].flatMap(element => element.getAttributeNames())
  `)
  t.ok(names.includes('tabindex'))
  t.same(names.filter(name => name.toLowerCase() === 'tabindex' && name !== 'tabindex'), [])
})

test('whatever has the focus shows it', async t => {
  const all = await scene(t)
  const { open, see } = all
  const id = await finished(all)
  for (const [query, selector] of [
    ['', '.latest li'], ['?view=expressions', 'tbody tr'], ['?view=agents', 'tbody tr'],
    ['?view=server', '.server-figures'], [`?id=${id}`, '.operations td']
  ] as const) {
    const page = await open(query)
    await see(page, selector)
    const unseen = await page.evaluate<string[]>(`(() => {
      const focusable = 'a[href], button:enabled, input, select, textarea, summary, [tabindex="0"]'
      const places = [...document.querySelectorAll(focusable)]
      return places.filter(place => place.checkVisibility()).filter(place => {
        const ring = place.querySelector(':scope > .body') ?? place.querySelector(':scope > rect') ?? place
        const before = JSON.stringify([getComputedStyle(ring).outlineStyle, getComputedStyle(ring).stroke])
        place.focus({ focusVisible: true })
        const box = place.getBoundingClientRect()
        const after = JSON.stringify([getComputedStyle(ring).outlineStyle, getComputedStyle(ring).stroke])
        return before === after || box.width === 0 || box.height === 0 || document.activeElement !== place
      }).map(place => place.outerHTML)
    })()`)
    t.same(unseen, [], query)
  }
})
