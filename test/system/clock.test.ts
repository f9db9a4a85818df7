import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'tap'
import { systemClock } from '../../src/system/clock.js'

interface ArmedTimer {
  readonly ms: number
  readonly fire: () => void
  cleared: boolean
  referenced: boolean
}

/** Runs `act`, which must not wait, while the timers of this process are the ones in `armed`. */
function withTimers (act: (armed: ArmedTimer[]) => void): void {
  const { setTimeout, clearTimeout } = globalThis
  const armed: ArmedTimer[] = []
  Object.assign(globalThis, {
    setTimeout: (fire: () => void, ms: number) => {
      const timer = { ms, fire, cleared: false, referenced: true, unref }
      function unref () {
        return Object.assign(timer, { referenced: false })
      }
      armed.push(timer)
      return timer
    },
    clearTimeout: (timer: ArmedTimer) => { timer.cleared = true }
  })
  try {
    act(armed)
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout })
  }
}

test('now is the wall clock, and a wall clock that jumps does not move the monotonic one', async t => {
  const { now } = Date
  const before = systemClock.monotonic()
  try {
    Date.now = () => 1_234_567
    t.equal(systemClock.now(), 1_234_567)
    Date.now = () => 0
    t.equal(systemClock.now(), 0)
    t.ok(systemClock.monotonic() >= before)
  } finally {
    Date.now = now
  }
})

test('the monotonic clock never goes back, and shows parts of a ms', async t => {
  const shown = Array.from({ length: 1_000 }, () => systemClock.monotonic())
  t.same(shown, shown.toSorted((one, other) => one - other))
  t.notOk(shown.every(Number.isInteger))
})

test('a timer runs once, after its delay', async t => {
  withTimers(armed => {
    let runs = 0
    systemClock.after(250, () => { runs++ })
    t.same(armed.map(({ ms }) => ms), [250])
    t.equal(runs, 0)
    armed[0]!.fire()
    t.equal(runs, 1)
    t.equal(armed.length, 1, 'nothing is armed again')
  })
})

test('a delay that no JavaScript timer keeps is kept in steps', async t => {
  const longest = 2 ** 31 - 1
  withTimers(armed => {
    let runs = 0
    systemClock.after(2 * longest + 5, () => { runs++ })
    for (const step of [0, 1, 2]) {
      t.equal(runs, 0)
      armed[step]!.fire()
    }
    t.equal(runs, 1)
    t.same(armed.map(({ ms }) => ms), [longest, longest, 5])
    systemClock.after(longest, () => {})
    armed[3]!.fire()
    t.equal(armed.length, 4, 'the longest delay is one step')
  })
})

test('a cancelled timer is cleared, in a later step too', async t => {
  withTimers(armed => {
    systemClock.after(10, t.fail)()
    t.equal(armed[0]!.cleared, true)
    const cancel = systemClock.after(2 ** 31, t.fail)
    armed[1]!.fire()
    cancel()
    t.same(armed.map(({ cleared }) => cleared), [true, false, true])
  })
})

test('no timer keeps the process alive, in a later step neither', async t => {
  withTimers(armed => {
    systemClock.after(2 ** 31, () => {})
    armed[0]!.fire()
    t.same(armed.map(({ referenced }) => referenced), [false, false])
  })
})

test('the real timers of this process do run', async t => {
  const alive = setInterval(() => {}, 1_000)
  await new Promise<void>(resolve => { systemClock.after(0, resolve) })
  clearInterval(alive)
  t.pass()
})

test('what lies in a socket has been read when it says that it has arrived', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'connect')])
  const order: string[] = []
  socket.on('data', (data: Buffer) => { order.push(String(data)) })
  await new Promise<void>(resolve => {
    systemClock.after(1, () => systemClock.afterPendingInput(() => {
      order.push('arrived')
      resolve()
    }))
    client.write('a result')
    // The process stands still until the timer is due, and Node looks for timers first.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  })
  t.same(order, ['a result', 'arrived'])
  client.destroy()
  server.close()
})
