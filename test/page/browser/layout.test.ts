/** Every view fits its window, and has nothing that keeps a viewer out, in a real browser. */
import type { Page } from 'playwright-core'
import tap, { type Test, test } from 'tap'
import { submit } from '../../http/helper.js'
import { checkAccessibility } from './axe.js'
import { type Scene, closeBrowser, scene, shoot } from './harness.js'

tap.teardown(closeBrowser)

const WIDTHS = [1920, 360] as const

/** No window scrolls sideways: what is wider than the window scrolls within its frame. */
async function checkWidths ({ until }: Scene, page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 })
    await until(page, `${name} at ${width} px`, async () =>
      await page.evaluate('document.documentElement.scrollWidth') === width)
  }
}

async function checkFit (t: Test, all: Scene, page: Page, name: string): Promise<void> {
  await checkWidths(all, page, name)
  await checkAccessibility(t, page, name)
}

/** A word that no browser breaks by itself. */
const LONG = 'x'.repeat(200)

/** An expression in each state, and agents, all with long texts. */
async function crowd ({ app, claim, report, clock }: Scene): Promise<Record<'done' | 'failed' | 'cancelled', number>> {
  const failed = await submit(app, '1*2')
  const lost = await claim(`agent-${LONG.slice(10)}`)
  const error = { code: 'torn', message: LONG.repeat(4), retryable: false }
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: lost.id, lease: lost.lease, error } })
  const done = await submit(app, `1/3+${'1234567890'.repeat(20)}`)
  const task = await claim('ada')
  clock.advance(100)
  await report(task, 1 / 3)
  const sum = await claim('bob')
  clock.advance(100)
  await report(sum, 1.2345678901234567e199)
  const cancelled = await submit(app, '2+3')
  await app.inject({ method: 'DELETE', url: `/api/v1/expressions/${cancelled}` })
  await app.inject({ method: 'POST', url: '/create-task', payload: { name: LONG, duration_ms: 1_000 } })
  return { done, failed, cancelled }
}

test('the view in which an expression is entered fits, also with an error in a long text', async t => {
  const all = await scene(t)
  await crowd(all)
  const page = await all.open()
  await all.see(page, '.latest li')
  await checkFit(t, all, page, 'start')
  await shoot(page, 'start')
  await page.locator('#expression').fill(`${LONG}+1`)
  await all.see(page, '.values')
  await checkWidths(all, page, 'a long variable')
  await page.locator('#expression').fill(`1+${'(1+'.repeat(60)}2`)
  await checkWidths(all, page, 'an error')
  await page.locator('summary').click()
  await checkWidths(all, page, 'a long command')
})

test('the lists and the view of an operator fit', async t => {
  const all = await scene(t)
  await crowd(all)
  for (const [name, query, selector] of [
    ['expressions', '?view=expressions', 'tbody tr'], ['agents', '?view=agents', 'tbody tr'],
    ['server', '?view=server', '.server-figures']
  ] as const) {
    const page = await all.open(query)
    await all.see(page, selector)
    await checkFit(t, all, page, name)
    await shoot(page, name)
  }
})

test('an expression fits: in progress, finished, failed with a long message, cancelled', async t => {
  const all = await scene(t)
  const { done, failed, cancelled } = await crowd(all)
  const running = await submit(all.app, '(1+2)*(3+4)')
  await all.claim('ada')
  for (const [name, id, selector] of [
    ['expression', running, '.stream .bar'], ['an expression that is finished', done, '.result'],
    ['an expression that has failed', failed, '.heading .error'],
    ['an expression that was cancelled', cancelled, '.tree [data-phase="dropped"]']
  ] as const) {
    const page = await all.open(`?id=${id}`)
    await all.see(page, selector)
    await all.see(page, '.operations td')
    await checkFit(t, all, page, name)
    if (name === 'expression') await shoot(page, name)
  }
})

test('every language fits a phone', async t => {
  const all = await scene(t)
  const { done } = await crowd(all)
  for (const language of ['ru', 'es']) {
    for (const [query, selector] of [
      ['?view=expressions', 'tbody tr'], ['?view=agents', 'tbody tr'], ['?view=server', '.server-figures'],
      [`?id=${done}`, '.result'], ['?', '.latest li']
    ] as const) {
      const page = await all.open(`${query}&lang=${language}`, { viewport: { width: 360, height: 800 } })
      await all.see(page, selector)
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, `${query} in ${language}`)
    }
  }
})
