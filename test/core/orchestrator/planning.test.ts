import { setImmediate as settled } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { MAX_LOCAL_LENGTH, type Planned, createPlanning } from '../../../src/core/orchestrator/planning.js'
import type { Intent } from '../../../src/core/store.js'
import { planWork } from '../../../src/core/plan/work.js'
import { domainError } from '../../../src/core/errors.js'

const OPTIONS = { times: new Map([['+', 1]]), limits: DEFAULT_LIMITS }

/** A sum whose text has at least so many characters. */
function long (characters = MAX_LOCAL_LENGTH + 1): string {
  return `1${'+1'.repeat(Math.ceil(characters / 2))}`
}

/** Planning elsewhere, which a test lets come to its end. */
function start (admit: (intent: Intent) => Promise<void> = async () => {}) {
  const asked: Intent[] = []
  const begun: Array<{ readonly length: number, readonly end: (error?: Error) => void }> = []
  const planning = createPlanning({
    ...OPTIONS,
    store: {
      admit: intent => {
        asked.push(intent)
        return admit(intent)
      }
    },
    planLong: ({ source }) => new Promise<Planned>((resolve, reject) => {
      const end = (error?: Error): void => {
        if (error === undefined) resolve({ plan: planWork({ source: '1+1' }, OPTIONS) })
        else reject(error)
      }
      begun.push({ length: source.length, end })
    })
  })
  return { planning, asked, begun }
}

/** Lengths of what was begun, when one after the other comes to its end. */
async function inTurn ({ begun }: ReturnType<typeof start>): Promise<number[]> {
  for (let next = 0; ; next++) {
    await settled()
    if (begun[next] === undefined) return begun.map(({ length }) => length)
    begun[next]!.end()
  }
}

async function refused (t: Test, promise: Promise<unknown>, code: string): Promise<void> {
  await t.rejects(promise, { code })
}

test('a short text is planned at once, and the store is not asked', async t => {
  const { planning, asked, begun } = start()
  t.match(await planning.plan({ source: '1+2' }), { plan: { result: { of: 0 } } })
  t.same([asked, begun], [[], []])
})

test('operations that need no planning are taken as they are, however many', async t => {
  const { planning, begun } = start()
  const operations = Array.from({ length: 20_000 }, () => ({ symbol: '+', left: 1 }))
  t.match(await planning.plan({ source: long(), operations }), { plan: { result: { of: 19_999 } } })
  t.same(begun, [])
})

test('a long text is planned elsewhere, and so is a short one with many variables', async t => {
  const { planning, begun } = start()
  const variables = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`x${index}`, index]))
  for (const work of [{ source: long() }, { source: 'x1', variables }]) {
    const planned = planning.plan(work)
    await settled()
    begun.pop()!.end()
    t.match(await planned, { plan: { result: { of: 0 } } })
  }
})

test('a text that is too long is refused without being handed on', async t => {
  const { planning, begun } = start()
  await refused(t, planning.plan({ source: long(1_000_001) }), 'expression_too_long')
  t.same(begun, [])
})

test('what the store has no room for is not planned', async t => {
  const { planning, asked, begun } = start(async () => { throw domainError('queue_full', { what: 'of all' }) })
  const source = long()
  await refused(t, planning.plan({ source }), 'queue_full')
  t.strictSame([asked, begun], [[{ source, operations: 1 }], []])
})

test('one is planned at a time: by turns the shortest and the one that has waited longest', async t => {
  const scene = start()
  const lengths = [80_000, 60_000, 70_000, 20_000, 30_000, 40_000]
  const all = Promise.all(lengths.map(length => scene.planning.plan({ source: long(length) })))
  await settled()
  t.equal(scene.begun.length, 1)
  const order = await inTurn(scene)
  t.same(order.map(length => length - 1), [80_000, 20_000, 60_000, 30_000, 70_000, 40_000])
  t.equal((await all).length, 6)
})

test('a plan that fails does not hold up those that wait', async t => {
  const { planning, begun } = start()
  const first = planning.plan({ source: long() })
  const second = planning.plan({ source: long() })
  await settled()
  begun[0]!.end(new Error('the thread is gone'))
  await t.rejects(first, { message: 'the thread is gone' })
  await settled()
  begun[1]!.end()
  await second
})

test('more than may wait are refused, and taken again once there is room', async t => {
  for (const [source, room] of [[long(), 65], [long(999_998), 17]] as const) {
    const scene = start()
    const taken = Array.from({ length: room }, () => scene.planning.plan({ source }))
    await settled()
    await refused(t, scene.planning.plan({ source }), 'queue_full')
    scene.begun[0]!.end()
    await settled()
    taken.push(scene.planning.plan({ source }))
    await inTurn(scene)
    t.equal((await Promise.all(taken)).length, room + 1)
  }
})
