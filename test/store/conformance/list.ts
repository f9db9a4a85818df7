import type { Store } from '../../../src/core/store.js'
import { type StoreFixture, claimBy, submissionOf, suiteOf } from '../fixture.js'

/** The list, and its version. */
export function listConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('the list is in order of submission, and can be filtered and cut', async (t, { store }) => {
    for (const source of ['1', '2+2', '3', '4+4', '5']) await store.submit(submissionOf(source))
    const ids = async (query: Parameters<Store['list']>[0]): Promise<number[]> =>
      (await store.list(query)).map(({ id }) => id)
    t.same(await ids({}), [1, 2, 3, 4, 5])
    t.same(await ids({ after: 2 }), [3, 4, 5])
    t.same(await ids({ after: 1, limit: 2 }), [2, 3])
    t.same(await ids({ latest: true, limit: 2 }), [4, 5])
    t.same(await ids({ latest: true, limit: 3, after: 3 }), [4, 5])
    t.same(await ids({ latest: true, limit: 1, status: 'pending' }), [4])
    t.same(await ids({ latest: true }), [1, 2, 3, 4, 5])
    t.same(await ids({ status: 'pending' }), [2, 4])
    t.same(await ids({ kind: 'other' }), [])
    t.same(await ids({ after: 99 }), [])
  })

  suite('the version of the list changes with what the list shows, and only then', async (t, { store, clock }) => {
    const seen = new Set<string>()
    const versions = [await store.listVersion()]
    async function step (what: string, change: () => Promise<unknown>, does: boolean): Promise<void> {
      const before = JSON.stringify((await store.list({})).map(({ id, status, result }) => [id, status, result]))
      await change()
      const after = JSON.stringify((await store.list({})).map(({ id, status, result }) => [id, status, result]))
      t.equal(before !== after, does, `${what}: the list`)
      const version = await store.listVersion()
      t.equal(version !== versions.at(-1), does, what)
      if (does) t.notOk(seen.has(version), 'a new version')
      versions.push(version)
      seen.add(version)
    }
    await step('submit', () => store.submit(submissionOf('1*2+3')), true)
    await step('first claim', () => store.claim(claimBy()), true)
    await step('expiry', async () => {
      clock.advance(60_000)
      await store.expire()
    }, false)
    await step('result', () => store.report([{ task: 1, lease: null, result: 2 }]), false)
    await step('completion', () => store.report([{ task: 2, lease: null, result: 5 }]), true)
    await step('a late result', () => store.report([{ task: 2, lease: null, result: 6 }]), false)
    await step('submit of a number', () => store.submit(submissionOf('7')), true)
    await store.submit(submissionOf('1+1'))
    versions.push(await store.listVersion())
    await step('a result without a claim', () => store.report([{ task: 3, lease: null, result: 2 }]), true)
    await store.submit(submissionOf('1+1'))
    versions.push(await store.listVersion())
    await step('cancellation', () => store.cancel(4), true)
    await step('cancellation of a final one', () => store.cancel(4), false)
  })
}
