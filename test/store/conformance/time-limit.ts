import { type Bundle, type StoreFixture, RULES, answer, claimBy, claimOne, submissionOf, suiteOf } from '../fixture.js'

const HOUR = 3_600_000

/** A minute for each calculation; leases are so long that they do not matter. */
const LIMITED = { ...RULES, leaseMs: 10 * HOUR, timeoutMs: 60_000 }

const UNLIMITED = { ...RULES, leaseMs: 10 * HOUR }

/** The time limit of a calculation, and time during which no server runs. */
export function timeLimitConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture, LIMITED)

  suite('the time of a calculation runs from its first claim, and fails it', async (t, { store, clock, changes }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)'))
    clock.advance(HOUR)
    t.equal(await store.expire(), null, 'no task was claimed')
    const first = await claimOne(store)
    clock.advance(30_000)
    await claimOne(store)
    t.equal(await store.expire(), 30_000, 'the second claim extends nothing')
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

  suite('a release or an error does not restart the time', async (t, { store, clock }) => {
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

  suite('the time of a calculation runs from a result without a claim, too', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)'))
    await store.report([{ task: 1, lease: null, result: 3 }])
    clock.advance(20_000)
    await claimOne(store)
    t.equal(await store.expire(), 40_000)
    clock.advance(40_000)
    await store.expire()
    t.match(await store.find(id), { status: 'failed', error: { code: 'calculation_timeout' } })
  })

  suite('a final expression has no deadline', async (t, { store, clock }) => {
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

  suite('a jump of the wall clock neither ends nor extends a calculation', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7'))
    await claimOne(store)
    clock.jump(HOUR)
    t.equal(await store.expire(), 60_000)
    clock.advance(20_000)
    clock.jump(-2 * HOUR)
    t.equal(await store.expire(), 40_000)
  })

  suiteOf(fixture, UNLIMITED)('without a time limit only the lease is due', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7', 0))
    await claimOne(store)
    clock.advance(9 * HOUR)
    t.equal(await store.expire(), HOUR, 'the lease')
    t.match(await store.find(1), { status: 'in_progress' })
  })

  if (!fixture.durable) return

  /** Of the 20 s below, the time that is unknown after a crash or a jump of the clock. */
  const unknownMs = fixture.signsOfLife === true ? 0 : 5_000

  /** Starts a calculation and lets it run for 20 s; the last change is 5 s before the end of these. */
  async function twentySeconds ({ store, clock }: Bundle): Promise<void> {
    await store.submit(submissionOf('6*7'))
    await claimOne(store)
    clock.advance(15_000)
    await store.submit(submissionOf('42'))
    clock.advance(5_000)
  }

  suite('time during which no server runs does not count', async (t, bundle) => {
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

  suite('after a crash, the time up to the last sign of life counts', async (t, bundle) => {
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

  suite('an expression without a claim before a restart has its full time after it', async (t, scene) => {
    const { store, clock, ...process } = scene
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
    suite(`a jump of the wall clock by ${jump} ms does not count, before, at or after a restart`, async (t, bundle) => {
      const { clock } = bundle
      await twentySeconds(bundle)
      clock.jump(jump)
      let store = await bundle.restart(() => clock.jump(jump))
      // Up to the last change before the clock was set, which is the last known time.
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
