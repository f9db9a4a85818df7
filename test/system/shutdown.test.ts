import { test } from 'tap'
import { type Cause, endGracefully } from '../../src/system/shutdown.js'
import { settled } from '../agent/manual-clock.js'

/** A process whose signals, errors and time the test makes. */
function scene (close: (cause: Cause) => Promise<void> = async () => {}) {
  const listeners = new Map<string, (argument: unknown) => void>()
  const causes: Cause[] = []
  const codes: number[] = []
  const errors: string[] = []
  let now = 1_000
  const ending = endGracefully({
    log: { error: (_data, message) => errors.push(message) },
    limitMs: Infinity,
    close (cause) {
      causes.push(cause)
      return close(cause)
    },
    host: {
      on: (event, listener) => listeners.set(event, listener),
      leave: code => codes.push(code),
      monotonic: () => now
    }
  })
  return {
    ending,
    causes,
    codes,
    errors,
    emit: (event: string, argument?: unknown) => listeners.get(event)!(argument),
    pass (ms: number) { now += ms }
  }
}

const NEVER = (): Promise<void> => new Promise(() => {})

test('two signals within half a second are one; a later one ends at once', async t => {
  const { emit, pass, causes, codes } = scene(NEVER)
  emit('SIGINT')
  emit('SIGTERM')
  pass(499)
  emit('SIGINT')
  t.same(codes, [])
  pass(1)
  emit('SIGTERM')
  t.same(codes, [1])
  t.same(causes, [{ signal: 'SIGINT' }])
})

test('it ends with 0 once all is closed, after an error or a failure with 1', async t => {
  for (const [event, code] of [['SIGTERM', 0], ['SIGHUP', 0], ['beforeExit', 0], ['uncaughtException', 1]] as const) {
    const { emit, codes } = scene()
    emit(event, new Error('unexpected'))
    await settled()
    t.same(codes, [code], event)
  }
  const { ending, codes, errors } = scene(async () => { throw new Error('the disk') })
  ending.end({ reason: 'a test' })
  await settled()
  t.same([codes, errors], [[1], ['Closing failed']])
})

test('only the first cause counts, and an error while closing ends at once', async t => {
  const { ending, emit, causes, codes } = scene(NEVER)
  ending.end({ reason: 'a test' })
  emit('beforeExit')
  ending.end({ reason: 'another' })
  t.same(causes, [{ reason: 'a test' }])
  emit('unhandledRejection', new Error('late'))
  t.same(codes, [1])
})
