/** What becomes of the attempts of an operation, in the tree and in the task stream, in a real browser. */
import type { Page } from 'playwright-core'
import tap, { test } from 'tap'
import { type TaskShown, submit } from '../../http/helper.js'
import { closeBrowser, scene, shoot } from './harness.js'

tap.teardown(closeBrowser)

/** Of a lease of the server of a test: an operation takes 100 ms. */
const LEASE_MS = 10_100

const node = (operation: number, phase: string) => `.tree [data-operation="${operation}"][data-phase="${phase}"]`
const bar = (operation: number, state: string) => `.stream [data-operation="${operation}"][data-state="${state}"]`

/** Where a shape begins and ends, in px of the window. */
async function spanOf (page: Page, selector: string): Promise<{ from: number, to: number }> {
  const box = await page.locator(selector).first().boundingBox()
  return box === null ? { from: NaN, to: NaN } : { from: box.x, to: box.x + box.width }
}

test('a lease that expires: the operation waits for a retry, which is drawn after a gap', async t => {
  const { app, open, claim, report, renew, see, clock } = await scene(t)
  const id = await submit(app, '1*2+3*4')
  const page = await open(`?id=${id}`)
  const [lost, kept] = [await claim('ada'), await claim('bob')]
  await see(page, node(lost.id, 'running'))
  clock.advance(LEASE_MS / 2)
  await renew('bob', kept)
  clock.advance(LEASE_MS / 2)
  await see(page, node(lost.id, 'expired'))
  t.equal(await page.locator(node(kept.id, 'running')).count(), 1)
  t.equal(await page.locator(`${node(lost.id, 'expired')} .badge`).textContent(), '!')
  t.match(await page.locator(node(lost.id, 'expired')).getAttribute('aria-label'), /^#1 1 × 2: attempt lost$/)
  t.match(await page.locator(bar(lost.id, 'lost')).getAttribute('aria-label'), /^#1 1 × 2: lease expired, by ada$/)
  t.match(await page.evaluate<string>('getComputedStyle(document.querySelector(".bar[data-state=lost] rect")).fill'),
    /^url\("?#hatch"?\)$/)
  t.equal(await page.locator('.stream .gap').count(), 0, 'there is no retry yet')

  clock.advance(2_000)
  const retry = await claim('cyd')
  t.match(retry, { id: lost.id, attempt: 2 })
  await see(page, node(lost.id, 'running'))
  t.equal(await page.locator(`${node(lost.id, 'running')} .badge`).textContent(), '2')
  t.match(await page.locator(node(lost.id, 'running')).getAttribute('aria-label'),
    /^#1 1 × 2: running again, attempt 2, by cyd$/)
  await see(page, '.stream .gap')
  const [first, gap, second] = [
    await spanOf(page, `${bar(lost.id, 'lost')} rect`), await spanOf(page, '.stream .gap'),
    await spanOf(page, `${bar(lost.id, 'running')} rect`)
  ]
  t.ok(gap.to - gap.from > 10, 'the gap is seen')
  t.ok(Math.abs(gap.from - first.to) < 3, 'it begins where the lease has expired')
  t.ok(Math.abs(gap.to - second.from) < 3, 'and ends where the retry begins')
  await shoot(page, 'attempts-expired')

  await report(retry, 2)
  await see(page, node(lost.id, 'completed'))
  t.match(await page.locator(`.operations tr:has(td:text-is("${lost.id}"))`).innerText(), /1: lease expired \(ada\)/)
})

test('a task that its agent releases is ready again, and no attempt is lost', async t => {
  const { app, open, claim, release, report, see } = await scene(t)
  const id = await submit(app, '1+2')
  const page = await open(`?id=${id}`)
  const task = await claim('ada')
  await see(page, node(task.id, 'running'))
  await release('ada', task)
  await see(page, node(task.id, 'ready'))
  await see(page, bar(task.id, 'cancelled'))
  t.match(await page.locator(bar(task.id, 'cancelled')).getAttribute('aria-label'), /: released, by ada$/)
  await see(page, '.operations td:has-text("1: released (ada)")')
  const again = await claim('bob')
  t.equal(again.attempt, 1)
  await see(page, node(task.id, 'running'))
  t.equal(await page.locator(`${node(task.id, 'running')} .badge`).count(), 0, 'it is no retry')
  t.equal(await page.locator('.stream .gap').count(), 0)
  await report(again, 3)
  await see(page, bar(task.id, 'completed'))
  t.equal(await page.locator('.figures dd').last().textContent(), '0', 'attempts lost')
})

test('an operation whose attempts are used up has failed, and the others are dropped', async t => {
  const { app, open, claim, renew, see, until, clock } = await scene(t)
  const id = await submit(app, '1*2-3*4')

  /** Ends the leases of ada, while bob sends heartbeats. */
  async function passLease (kept: TaskShown): Promise<void> {
    for (let part = 0; part < 3; part++) {
      await renew('bob', kept)
      clock.advance(LEASE_MS / 3)
    }
  }

  const page = await open(`?id=${id}`)
  await see(page, node(1, 'ready'))
  const other = await claim('bob')
  t.equal(other.id, 1)
  for (let attempt = 1; attempt <= 5; attempt++) {
    const task = await claim('ada')
    t.match(task, { id: 2, attempt })
    await see(page, node(2, 'running'))
    const badges = await page.locator(`${node(2, 'running')} .badge`).allTextContents()
    t.same(badges, attempt === 1 ? [] : [String(attempt)])
    await passLease(other)
    await until(page, `attempt ${attempt} is lost`, async () =>
      await page.locator(bar(2, 'lost')).count() === attempt)
  }
  t.equal((await app.inject('/internal/task')).statusCode, 404, 'it cannot be claimed again')
  await passLease(other)
  await see(page, node(2, 'failed'))
  await see(page, node(1, 'dropped'))
  await see(page, node(3, 'dropped'))
  await see(page, bar(1, 'cancelled'))
  t.equal(await page.locator('.stream .gap').count(), 4, 'between the five attempts')
  t.equal(await page.locator('.heading .status').textContent(), 'failed')
  t.match(await page.locator('.heading .error').textContent(), /5 attempts/)
  await shoot(page, 'attempts-failed')
  t.equal(await page.locator('.bar-text[data-state="lost"]').count(), 5, 'each lost attempt has its mark')
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    await until(page, 'the picture is as wide', async () => (await spanOf(page, 'svg.stream')).to <= width)
    const [stream, text] = [await spanOf(page, 'svg.stream'), await spanOf(page, '.bound text')]
    t.ok(text.from >= stream.from && text.to <= stream.to, 'the shortest time has its whole text')
  }
})

test('a retryable error is a lost attempt with its message, and a final one ends the expression', async t => {
  const { app, open, claim, fail, see, until } = await scene(t)
  const id = await submit(app, '1*2+3*4')
  const page = await open(`?id=${id}`)
  const first = await claim('ada')
  await fail(first)
  await see(page, node(first.id, 'expired'))
  t.match(await page.locator(bar(first.id, 'lost')).getAttribute('aria-label'), /: failed, by ada, No beads$/)
  const second = await claim('bob')
  await app.inject({
    method: 'POST',
    url: '/internal/task',
    payload: { id: second.id, lease: second.lease, error: { code: 'torn', message: 'Paper torn', retryable: false } }
  })
  await see(page, node(second.id, 'failed'))
  await until(page, 'the others are dropped', async () =>
    await page.locator('.tree [data-phase="dropped"]').count() === 2)
  t.equal(await page.locator('.heading .error').textContent(), 'Paper torn')
})
