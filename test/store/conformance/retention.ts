import type { Store, Submission } from '../../../src/core/store.js'
import { type StoreFixture, RULES, submissionOf, suiteOf, workOff } from '../fixture.js'

/** A number, followed by blanks up to this length. */
function paddedOf (number: number, length: number): Submission {
  return submissionOf(`${number}`.padEnd(length))
}

/** Which final expressions are retained. */
export function retentionConformance (fixture: StoreFixture): void {
  const few = suiteOf(fixture, { ...RULES, retain: 2 })

  few('final expressions beyond the limit are deleted, the first to finish first', async (t, { store }) => {
    const idempotency = { key: 'k1', fingerprint: 'a' }
    const ids = async (): Promise<number[]> => (await store.list({})).map(({ id }) => id)
    await store.submit(submissionOf('1+2'))
    await store.submit(submissionOf('2', 100, { idempotency }))
    await store.submit(submissionOf('3'))
    await workOff(store)
    t.same(await ids(), [1, 3], 'the one that finished first, not the one that came first')
    await store.submit(submissionOf('4+4'))
    await store.submit(submissionOf('5+5'))
    t.same(await ids(), [1, 3, 4, 5], 'open ones do not count')
    await store.cancel(5)
    t.same(await ids(), [1, 4, 5])
    t.equal(await store.find(3), null)
    t.equal(await store.findOperations(3), null)
    t.equal(await store.cancel(3), 'unknown')
    t.equal((await store.submit(submissionOf('2', 100, { idempotency }))).id, 6, 'a key is deleted with its expression')
    t.same(await ids(), [4, 5, 6])
    t.same(await store.report([{ task: 1, lease: null, result: 3 }]), ['unknown'])
  })

  if (fixture.outOfMemory === true) return

  const small = suiteOf(fixture, { ...RULES, retainBytes: 100_000 })

  small('final expressions beyond the limit of bytes are deleted', async (t, { store, restart }) => {
    const ids = async (of: Store): Promise<number[]> => (await of.list({})).map(({ id }) => id)
    for (let number = 1; number <= 4; number++) await store.submit(paddedOf(number, 30_000))
    t.same(await ids(store), [2, 3, 4])
    await store.submit(submissionOf('5+6'))
    t.same(await ids(store), [2, 3, 4, 5], 'open ones do not count')
    await workOff(store)
    await store.submit(paddedOf(6, 30_000))
    t.same(await ids(store), [3, 4, 5, 6])
    await store.submit(paddedOf(7, 200_000))
    t.same(await ids(store), [7], 'the last is retained, however large, so that a client can read it')
    await store.submit(submissionOf('8'))
    t.same(await ids(store), [8])
    const terms = Array.from({ length: 150 }, (_, index) => index).join('+')
    const wide = await store.submit(submissionOf(terms))
    await workOff(store)
    await store.submit(paddedOf(10, 30_000))
    t.same(await ids(store), [wide.id + 1], 'operations cost memory as well')
    if (fixture.durable) t.same(await ids(await restart()), [wide.id + 1])
  })
}
