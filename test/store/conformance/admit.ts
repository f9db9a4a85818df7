import type { Submission } from '../../../src/core/store.js'
import { type StoreFixture, RULES, submissionOf, suiteOf, workOff } from '../fixture.js'
import { TERMS, large } from './large.js'

/** The limits of open work, for submits and for those that are still to be planned. */
export function admitConformance (fixture: StoreFixture): void {
  const limits = { ...RULES, openExpressions: 3, openOperations: 5 }

  suiteOf(fixture, limits)('a submit beyond the limits is refused until something is final', async (t, { store }) => {
    const full = { code: 'queue_full' }
    const idempotency = { key: 'k1', fingerprint: 'a' }
    const large = await store.submit(submissionOf('1+2+3+4+5+6+7+8'))
    t.equal(large.id, 1, 'an expression alone may have any size')
    await t.rejects(store.submit(submissionOf('1+2')), full)
    await store.cancel(1)
    await store.submit(submissionOf('1+2+3', 100, { idempotency }))
    await t.rejects(store.submit(submissionOf('1+2+3+4+5')), full, 'too many operations')
    await store.submit(submissionOf('1+2'))
    await store.submit(submissionOf('1+2'))
    await t.rejects(store.submit(submissionOf('1+2')), full, 'too many expressions')
    t.equal((await store.submit(submissionOf('1+2+3', 100, { idempotency }))).id, 2, 'a known key needs no room')
    t.same(await store.load(), { openExpressions: 3, openOperations: 4 })
    await store.report([{ task: 10, lease: null, result: 3 }])
    t.equal((await store.submit(submissionOf('3+4'))).id, 5, 'a refusal takes no id')
  })

  const tight = { ...RULES, openExpressions: 2, openOperations: 4 }

  suiteOf(fixture, tight)('a submit that would be refused is refused before it is planned', async (t, { store }) => {
    const full = { code: 'queue_full' }
    const first = await store.submit(submissionOf('1+2+3+4'))
    await store.admit({ source: '', operations: 1 })
    await t.rejects(store.admit({ source: '', operations: 2 }), full)
    await t.rejects(store.submit(large(TERMS)), full)
    await store.submit(submissionOf('1+2'))
    await t.rejects(store.admit({ source: '', operations: 0 }), full)
    await store.cancel(first.id)
    await store.admit({ source: '', operations: 3 })
    t.equal((await store.list({})).length, 2, 'admit changes nothing')
    await store.cancel(first.id + 1)
    const alone = { ...large(TERMS), idempotency: { key: 'k', fingerprint: 'one' } }
    const { id } = await store.submit(alone)
    t.equal((await store.load()).openExpressions, 1, 'an expression alone may have any size')
    t.equal((await store.submit(alone)).id, id, 'a known key needs no room')
  })

  if (fixture.outOfMemory === true) return

  const bytes = suiteOf(fixture, { ...RULES, openBytes: 100_000 })

  bytes('a submit beyond the limit of bytes is refused until something is final', async (t, { store }) => {
    const full = { code: 'queue_full' }
    const open = (length: number): Submission => submissionOf('1+2'.padEnd(length))
    t.equal((await store.submit(open(150_000))).id, 1, 'an expression alone may have any size')
    await t.rejects(store.submit(open(10)), full)
    await store.cancel(1)
    await store.submit(open(60_000))
    await t.rejects(store.submit(open(60_000)), full)
    await store.submit(open(30_000))
    await t.rejects(store.submit(open(10_000)), full)
    await workOff(store)
    t.equal((await store.submit(open(60_000))).id, 4, 'a refusal takes no id')
  })
}
