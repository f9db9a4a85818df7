import { test } from 'tap'
import { type ShutdownReason, shutDownGracefully } from '../../src/system/shutdown.js'
import { settled } from '../agent/manual-clock.js'
import { createManualClock } from '../manual-clock.js'

/** A process whose signals, errors and time are the test's. */
function scene (close: (reason: ShutdownReason) => Promise<void> = async () => {}, limitMs = Infinity) {
  const listeners = new Map<string, (argument: unknown) => void>()
  const reasons: ShutdownReason[] = []
  const codes: number[] = []
  const errors: string[] = []
  const clock = createManualClock()
  const shutdown = shutDownGracefully({
    log: { error: (_data, message) => errors.push(message) },
    limitMs,
    close (reason) {
      reasons.push(reason)
      return close(reason)
    },
    host: {
      on: (event, listener) => listeners.set(event, listener),
      exit: code => codes.push(code),
      monotonic: clock.monotonic,
      after: clock.after
    }
  })
  return {
    shutdown,
    reasons,
    codes,
    errors,
    emit: (event: string, argument?: unknown) => listeners.get(event)!(argument),
    pass: (ms: number) => clock.advance(ms)
  }
}

const NEVER = (): Promise<void> => new Promise(() => {})

test('two signals within half a second are one; a later one ends at once', async t => {
  const { emit, pass, reasons, codes } = scene(NEVER)
  emit('SIGINT')
  emit('SIGTERM')
  pass(499)
  emit('SIGINT')
  t.same(codes, [])
  pass(1)
  emit('SIGTERM')
  t.same(codes, [1])
  t.same(reasons, [{ signal: 'SIGINT' }])
})

test('it ends with 0 once all is closed, after an error or a failure with 1', async t => {
  for (const [event, code] of [['SIGTERM', 0], ['SIGHUP', 0], ['beforeExit', 0], ['uncaughtException', 1]] as const) {
    const { emit, codes } = scene()
    emit(event, new Error('unexpected'))
    await settled()
    t.same(codes, [code], event)
  }
  const { shutdown, codes, errors } = scene(async () => { throw new Error('the disk') })
  shutdown.begin({ reason: 'a test' })
  await settled()
  t.same([codes, errors], [[1], ['Closing failed']])
})

test('only the first reason counts, and an error while closing ends at once', async t => {
  const { shutdown, emit, reasons, codes } = scene(NEVER)
  shutdown.begin({ reason: 'a test' })
  emit('beforeExit')
  shutdown.begin({ reason: 'another' })
  t.same(reasons, [{ reason: 'a test' }])
  emit('unhandledRejection', new Error('late'))
  t.same(codes, [1])
})

test('closing that takes longer than its limit ends with 1', async t => {
  const { emit, pass, codes, errors } = scene(NEVER, 2_000)
  emit('SIGTERM')
  pass(1_999)
  t.same(codes, [])
  pass(1)
  t.same([codes, errors], [[1], ['Closing takes too long; exiting']])
})
