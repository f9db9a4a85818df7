import { test } from 'tap'
import { poll } from '../../../src/page/live/poll.js'

/** A page that is hidden or seen, and the errors that it is told. */
function createPage () {
  const page = Object.assign(new EventTarget(), { hidden: false })
  const errors: unknown[] = []
  return {
    page,
    errors,
    report: (error: unknown): void => { errors.push(error) },
    hide (isHidden: boolean): void {
      page.hidden = isHidden
      page.dispatchEvent(new Event('visibilitychange'))
    }
  }
}

/** Readings that end when the test says so, or with their signal. */
function createReadings () {
  const readings: Array<{ readonly signal: AbortSignal, end: () => void }> = []
  const listeners = new Set<() => void>()
  return {
    readings,
    read: (signal: AbortSignal) => new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      readings.push({ signal, end: resolve })
      for (const listener of listeners) listener()
    }),
    /** Until so many have begun. */
    begun: (count: number) => new Promise<void>(resolve => {
      const look = (): void => { if (readings.length >= count) resolve() }
      listeners.add(look)
      look()
    })
  }
}

const LONG_MS = 60_000

test('one reading at a time, the next some time after the one before', async t => {
  const { page, report } = createPage()
  let [open, most] = [0, 0]
  const { read, begun, readings } = createReadings()
  const stop = poll(async signal => {
    most = Math.max(most, ++open)
    await read(signal)
    open--
  }, { everyMs: 1, timeoutMs: LONG_MS, page, report })
  for (let count = 1; count <= 20; count++) {
    await begun(count)
    t.equal(readings.length, count)
    readings[count - 1]!.end()
  }
  t.equal(most, 1)
  stop()
})

test('a reading that takes too long is given up, and followed by another', async t => {
  const { page, report, errors } = createPage()
  const { read, begun, readings } = createReadings()
  // In Node, the time of a signal keeps no process alive.
  const alive = setInterval(() => {}, LONG_MS)
  t.teardown(() => clearInterval(alive))
  const stop = poll(async signal => { await read(signal).catch(() => {}) }, { everyMs: 1, timeoutMs: 5, page, report })
  await begun(2)
  t.match(readings[0]?.signal.reason, { name: 'TimeoutError' })
  t.same(errors, [])
  stop()
})

test('a hidden page gives up its reading and begins none; seen again, it reads at once', async t => {
  const { page, report, hide } = createPage()
  const { read, readings } = createReadings()
  const stop = poll(read, { everyMs: 1, timeoutMs: LONG_MS, page, report })
  t.equal(readings.length, 1)
  hide(true)
  t.ok(readings[0]?.signal.aborted)
  hide(true)
  t.equal(readings.length, 1)
  hide(false)
  t.equal(readings.length, 2, 'not after a while')
  hide(false)
  t.equal(readings.length, 2)
  stop()
})

test('once stopped, it gives up its reading and hears of the page no more', async t => {
  const { page, report, hide } = createPage()
  const { read, readings } = createReadings()
  const stop = poll(read, { everyMs: 1, timeoutMs: LONG_MS, page, report })
  stop()
  t.ok(readings[0]?.signal.aborted)
  hide(true)
  hide(false)
  t.equal(readings.length, 1)
})

test('an error of a reading is reported, and the next one begins', async t => {
  const { page, report, errors } = createPage()
  const { read, begun } = createReadings()
  let isFirst = true
  const stop = poll(async signal => {
    if (!isFirst) return read(signal)
    isFirst = false
    throw new Error('a fault')
  }, { everyMs: 1, timeoutMs: LONG_MS, page, report })
  await begun(1)
  t.match(errors, [{ message: 'a fault' }])
  stop()
})
