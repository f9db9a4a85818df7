import { test } from 'tap'
import { createLedger } from '../../../src/core/queue/ledger.js'
import { type Queue, createQueue } from '../../../src/core/queue/queue.js'
import type { StoreRules } from '../../../src/core/store.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'
import { RULES, answer, claimBy, submissionOf } from '../../store/fixture.js'

interface Scene {
  readonly queue: Queue
  readonly clock: ManualClock
  /** Announced deadlines, in ms from when they were announced. */
  readonly announced: number[]
}

function scene (changed: Partial<StoreRules> = {}): Scene {
  const clock = createManualClock()
  const announced: number[] = []
  let leases = 0
  const queue = createQueue({
    ledger: createLedger(),
    clock,
    rules: { ...RULES, leaseMs: 1_000, ...changed },
    issuer: 'store',
    newLease: () => `store~${++leases}`,
    append: () => {},
    announce (change) {
      if (change.type === 'deadline') announced.push(change.inMs)
    }
  })
  return { queue, clock, announced }
}

test('a claim announces its deadline, and a later one announces only what it brings forward', async t => {
  const { queue, clock, announced } = scene()
  queue.submit(submissionOf('1+2', 500))
  queue.submit(submissionOf('3+4', 500))
  queue.submit(submissionOf('5+6', 100))
  t.same(announced, [], 'a submit has no deadline')
  queue.claim(claimBy())
  t.same(announced, [1_500], 'the operation time and the lease')
  clock.advance(100)
  queue.claim(claimBy())
  t.same(announced, [1_500], 'the second deadline is after the first')
  queue.claim(claimBy())
  t.same(announced, [1_500, 1_100], 'the third one is before it')
  queue.claim(claimBy())
  t.same(announced, [1_500, 1_100], 'a claim of nothing has none')
})

test('expire returns the deadline after those that it ended, and announces none', async t => {
  const { queue, clock, announced } = scene()
  queue.submit(submissionOf('1+2', 500))
  queue.submit(submissionOf('3+4', 500))
  t.equal(queue.expire(), null, 'there is none')
  queue.claim(claimBy())
  clock.advance(100)
  queue.claim(claimBy())
  t.equal(queue.expire(), 1_400, 'the first one is not due')
  clock.advance(1_400)
  t.equal(queue.expire(), 100, 'the second one is next')
  t.same(announced, [1_500])
  queue.claim(claimBy())
  t.same(announced, [1_500], 'the claim after the first expiry ends later than what expire returned')
  clock.advance(100)
  t.equal(queue.expire(), 1_400)
})

test('a deadline that is gone is not announced again, and the next one after it is returned by expire', async t => {
  const { queue, clock, announced } = scene()
  queue.submit(submissionOf('1+2', 500))
  queue.submit(submissionOf('3+4', 500))
  const [first] = queue.claim(claimBy())
  clock.advance(100)
  queue.claim(claimBy())
  t.same(queue.report([{ task: first!.id, lease: first!.lease, result: answer(first!) }]), ['accepted'])
  t.same(announced, [1_500], 'the next deadline is later now')
  clock.advance(1_400)
  t.equal(queue.expire(), 100, 'expire finds nothing due, and returns the later one')
})

test('the end of an overdue task and of the time of a calculation are deadlines too', async t => {
  const { queue, clock, announced } = scene({ attempts: 1, timeoutMs: 2_600 })
  queue.submit(submissionOf('1+2', 500))
  queue.claim(claimBy())
  t.same(announced, [1_500], 'the lease ends before the time of the calculation')
  clock.advance(1_500)
  t.equal(queue.expire(), 1_100, 'the calculation ends before the wait for a late result')
  clock.advance(1_100)
  t.equal(queue.expire(), null)
  t.match(queue.find(1), { status: 'failed', error: { code: 'calculation_timeout' } })
})

test('a result for a task that was not claimed announces the deadline of its calculation', async t => {
  const { queue, announced } = scene({ timeoutMs: 9_000 })
  queue.submit(submissionOf('1+2*3'))
  t.same(queue.report([{ task: 1, lease: null, result: 6 }]), ['accepted'])
  t.same(announced, [9_000])
})

test('a list shows what a list shows, and nothing more', async t => {
  const { queue, clock } = scene()
  queue.submit(submissionOf('1+2'))
  t.strictSame(queue.list({}), [
    { id: 1, kind: 'expression', status: 'pending', result: null, createdAt: clock.now() }
  ])
})
