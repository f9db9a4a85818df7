import {
  type Bundle, type StoreFixture, RULES, answer, claimBy, claimOne, submissionOf, suiteOf
} from './conformance.js'

const HOUR = 3_600_000

/** A minute for each calculation; leases are so long that they do not matter. */
const LIMITED = { ...RULES, leaseMs: 10 * HOUR, timeoutMs: 60_000 }

const UNLIMITED = { ...RULES, leaseMs: 10 * HOUR }

/** What the contract says of time limits and of time that passes otherwise; every store runs it. */
export function timeConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture, LIMITED)

  suite('a calculation has its time from its first claim, and fails then', async (t, { store, clock, changes }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)'))
    clock.advance(HOUR)
    t.equal(await store.expire(), null, 'nobody has begun it')
    const first = await claimOne(store)
    clock.advance(30_000)
    await claimOne(store)
    t.equal(await store.expire(), 30_000, 'the second claim prolongs nothing')
    await store.report([{ task: first.id, lease: first.lease, result: 3 }])
    clock.advance(29_999)
    t.equal(await store.expire(), 1)
    t.match(await store.find(id), { status: 'in_progress' })
    changes.length = 0
    clock.advance(1)
    t.equal(await store.expire(), null)
    t.match(await store.find(id), {
      status: 'failed', result: null, error: { code: 'calculation_timeout', message: /its limit of 60 s/ }
    })
    t.match(changes, [{ type: 'final', id, ended: { status: 'failed', error: { code: 'calculation_timeout' } } }])
    t.same(await store.report([{ task: 2, lease: null, result: 7 }]), ['ignored'])
    t.same(await store.claim(claimBy()), [])
  })

  suite('a release or an error does not start the time anew', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7'))
    const first = await claimOne(store)
    clock.advance(20_000)
    await store.release([{ task: first.id, lease: first.lease }])
    t.equal(await store.expire(), 40_000)
    const second = await claimOne(store)
    clock.advance(20_000)
    const error = { code: 'operation_failed', message: 'out of beads', retryable: true }
    await store.report([{ task: second.id, lease: second.lease, error }])
    await claimOne(store)
    t.equal(await store.expire(), 20_000)
  })

  suite('a result that nobody had claimed begins a calculation, too', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)'))
    await store.report([{ task: 1, lease: null, result: 3 }])
    clock.advance(20_000)
    await claimOne(store)
    t.equal(await store.expire(), 40_000)
    clock.advance(40_000)
    await store.expire()
    t.match(await store.find(id), { status: 'failed', error: { code: 'calculation_timeout' } })
  })

  suite('what is over in time has nothing to wait for', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7'))
    await store.submit(submissionOf('8*9'))
    const [task] = await store.claim(claimBy('tester', 2))
    await store.report([{ task: task!.id, lease: task!.lease, result: answer(task!) }])
    await store.cancel(2)
    t.equal(await store.expire(), null)
    clock.advance(HOUR)
    await store.expire()
    t.match(await store.list({}), [{ status: 'completed' }, { status: 'cancelled' }])
  })

  suite('a wall clock that jumps neither ends nor prolongs a calculation', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7'))
    await claimOne(store)
    clock.jump(HOUR)
    t.equal(await store.expire(), 60_000)
    clock.advance(20_000)
    clock.jump(-2 * HOUR)
    t.equal(await store.expire(), 40_000)
  })

  suiteOf(fixture, UNLIMITED)('without a limit nothing ends', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7', 0))
    await claimOne(store)
    clock.advance(9 * HOUR)
    t.equal(await store.expire(), HOUR, 'but the lease')
    t.match(await store.find(1), { status: 'in_progress' })
  })

  if (!fixture.durable) return

  /** Of the 20 s below, the time that nobody can know of when the process ends without a word, or the clock was set. */
  const unknownMs = fixture.signsOfLife === true ? 0 : 5_000

  /** Begun, and worked on for 20 s; the last change is 5 s before that. */
  async function twentySeconds ({ store, clock }: Bundle): Promise<void> {
    await store.submit(submissionOf('6*7'))
    await claimOne(store)
    clock.advance(15_000)
    await store.submit(submissionOf('42'))
    clock.advance(5_000)
  }

  suite('time in which no server ran does not count', async (t, bundle) => {
    const { clock } = bundle
    await twentySeconds(bundle)
    let store = await bundle.restart(() => clock.advance(HOUR))
    t.equal(await store.expire(), 40_000)
    clock.advance(10_000)
    store = await bundle.restart(() => clock.advance(HOUR))
    t.equal(await store.expire(), 30_000)
    clock.advance(30_000)
    await store.expire()
    t.match(await store.find(1), { status: 'failed', error: { code: 'calculation_timeout' } })
  })

  suite('of a server that was killed the time up to its last sign of life counts', async (t, bundle) => {
    const { clock } = bundle
    await twentySeconds(bundle)
    let store = await bundle.crash(() => clock.advance(HOUR))
    t.equal(await store.expire(), 40_000 + unknownMs)
    clock.advance(10_000)
    await store.submit(submissionOf('43'))
    store = await bundle.crash(() => clock.advance(HOUR))
    t.equal(await store.expire(), 30_000 + unknownMs)
    store = await bundle.crash(() => clock.advance(HOUR))
    t.equal(await store.expire(), 30_000 + unknownMs, 'a process without a change took no time')
  })

  suite('what had not begun before a restart has all its time after it', async (t, { store, clock, ...process }) => {
    await store.submit(submissionOf('6*7'))
    clock.advance(HOUR)
    for (const end of [process.restart, process.crash]) {
      const again = await end()
      t.equal(await again.expire(), null)
    }
    const again = await process.restart()
    await claimOne(again)
    t.equal(await again.expire(), 60_000)
  })

  for (const jump of [HOUR, -HOUR]) {
    suite(`a wall clock that jumps by ${jump} ms does not count, before, at or after a restart`, async (t, bundle) => {
      const { clock } = bundle
      await twentySeconds(bundle)
      clock.jump(jump)
      let store = await bundle.restart(() => clock.jump(jump))
      // Up to the last change before the clock was set, for that was the last time that anybody knew of.
      t.equal(await store.expire(), 40_000 + unknownMs)
      clock.advance(1_000)
      await store.submit(submissionOf('44'))
      clock.jump(jump)
      await store.submit(submissionOf('45'))
      clock.advance(10_000)
      await store.submit(submissionOf('46'))
      store = await bundle.crash(() => clock.jump(jump))
      t.equal(await store.expire(), 29_000 + unknownMs)
      clock.jump(jump)
      t.equal(await store.expire(), 29_000 + unknownMs)
    })
  }
}
