import { test } from 'tap'
import { createServerClock } from '../../../src/page/model/clock.js'

const START = Date.parse('2026-01-01T00:00:00.000Z')

/** A clock of the page that is turned by hand, and a server whose clock is some ms apart from it. */
function twoClocks () {
  let pageMs = 5_000
  let apartMs = START
  const clock = createServerClock(() => pageMs)
  return {
    wait: (ms: number) => { pageMs += ms },
    setServer: (ms: number) => { apartMs += ms },
    /** A message that was on its way for some ms. */
    hear: (delayMs: number) => clock.heard(new Date(apartMs + pageMs - delayMs).toISOString()),
    /** How far the page is ahead of the server, in ms. */
    get ahead () {
      const now = clock.nowMs()
      return now === null ? null : now - apartMs - pageMs
    }
  }
}

test('the fastest message says what time it is at the server', async t => {
  const clocks = twoClocks()
  t.equal(clocks.ahead, null)
  for (const [delayMs, ahead] of [[300, -300], [20, -20], [5_000, -20], [10, -10]] as const) {
    clocks.hear(delayMs)
    t.equal(clocks.ahead, ahead)
    clocks.wait(1_000)
    t.equal(clocks.ahead, ahead, 'it goes on without messages')
  }
})

test('a clock that was set counts: forward and far back at once, a little back after two minutes', async t => {
  const clocks = twoClocks()
  clocks.hear(10)
  clocks.setServer(3_600_000)
  clocks.hear(10)
  t.equal(clocks.ahead, -10)
  clocks.setServer(-3_600_000)
  clocks.hear(10)
  t.equal(clocks.ahead, -10)
  clocks.setServer(-30_000)
  for (let second = 0; second <= 120; second++) {
    clocks.wait(1_000)
    clocks.hear(10)
  }
  t.equal(clocks.ahead, -10)
})

test('a page that is open for days follows a clock that drifts', async t => {
  const clocks = twoClocks()
  for (let minute = 0; minute < 10_000; minute++) {
    clocks.hear(10)
    clocks.wait(60_000)
    clocks.setServer(-3)
  }
  t.ok(Math.abs(clocks.ahead ?? Infinity) < 20, `${clocks.ahead} ms ahead`)
})

test('without the server the time stands still, and then goes on from the present', async t => {
  let elapsedMs = 1_000
  const clock = createServerClock(() => elapsedMs)
  clock.setStopped(true)
  t.equal(clock.nowMs(), null, 'before the first message')
  clock.setStopped(false)
  clock.heard('2026-01-01T00:00:00.000Z')
  const startMs = Date.parse('2026-01-01T00:00:00.000Z')
  elapsedMs += 500
  clock.setStopped(true)
  elapsedMs += 500
  clock.setStopped(true)
  t.equal(clock.nowMs(), startMs + 500)
  clock.setStopped(false)
  t.equal(clock.nowMs(), startMs + 1_000)
})
