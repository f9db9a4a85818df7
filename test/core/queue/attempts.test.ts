import { test } from 'tap'
import {
  MAX_ENDED_ATTEMPTS, agentsOf, attemptOfResult, attemptsOf, attributeResult, withEnded
} from '../../../src/core/queue/attempts.js'
import type { EndedAttempt, Task } from '../../../src/core/queue/calculation.js'

function ended (attempt: number, outcome: EndedAttempt['outcome'], more: Partial<EndedAttempt> = {}): EndedAttempt {
  const agent = `agent ${attempt}`
  return { attempt, agent, lease: `L${attempt}`, claimedAt: attempt, endedAt: 10 + attempt, outcome, ...more }
}

function task (more: Partial<Task>): Task {
  return {
    state: 'ready',
    missing: 0,
    value: null,
    attempts: 0,
    lease: null,
    leaseMs: 0,
    agent: null,
    local: false,
    endedAttempts: null,
    claimedAt: null,
    completedAt: null,
    ...more
  }
}

const leased = (endedAttempts: readonly EndedAttempt[] | null, attempts = 2): Task =>
  task({ state: 'leased', attempts, lease: `L${attempts}`, agent: 'current', claimedAt: 50, endedAttempts })

test('a result belongs to the attempt that has its lease; without a lease to the open one', async t => {
  const current = leased([ended(1, 'expired')])
  t.equal(attemptOfResult(current, 'L2'), undefined)
  t.equal(attemptOfResult(current, null), undefined)
  t.equal(attemptOfResult(current, 'L1'), 0)
  t.equal(attemptOfResult(current, 'L9'), null)
  t.equal(attemptOfResult(leased(null), 'L9'), null)
  t.equal(attemptOfResult(task({}), null), undefined, 'none was ever claimed')
})

test('without a lease and an open attempt it belongs to the last one, if its lease expired', async t => {
  const attempts = 1
  t.equal(attemptOfResult(task({ attempts, endedAttempts: [ended(1, 'expired')] }), null), 0)
  t.equal(attemptOfResult(task({ state: 'overdue', attempts, endedAttempts: [ended(1, 'expired')] }), null), undefined)
  t.equal(attemptOfResult(task({ attempts, endedAttempts: [ended(1, 'expired'), ended(2, 'released')] }), null), null)
  t.equal(attemptOfResult(task({ attempts, endedAttempts: [ended(1, 'failed')] }), null), null)
  t.equal(attemptOfResult(task({ attempts, endedAttempts: [ended(1, 'failed')] }), 'L1'), 0)
})

test('the attempt that gave the result is the task’s own, and an open one is cancelled', async t => {
  const usual = leased(null)
  attributeResult(usual, undefined, 99)
  t.match(usual, { agent: 'current', claimedAt: 50, endedAttempts: null })

  const ready = task({ attempts: 1, endedAttempts: [ended(1, 'expired')] })
  attributeResult(ready, 0, 99)
  t.match(ready, { agent: 'agent 1', claimedAt: 1, endedAttempts: null })

  const endedAttempts = [ended(1, 'expired'), ended(2, 'expired')]
  const overdue = task({ state: 'overdue', attempts: 2, agent: 'agent 2', claimedAt: 2, endedAttempts })
  attributeResult(overdue, undefined, 99)
  t.match(overdue, { agent: 'agent 2', claimedAt: 2, endedAttempts: [ended(1, 'expired')] })
  t.equal(overdue.endedAttempts?.length, 1)

  const taken = leased([ended(1, 'failed', { message: 'No beads' })])
  attributeResult(taken, 0, 99)
  t.match(taken, { agent: 'agent 1', claimedAt: 1 })
  t.strictSame(taken.endedAttempts, [
    { attempt: 2, agent: 'current', lease: 'L2', claimedAt: 50, endedAt: 99, outcome: 'cancelled' },
    ended(1, 'completed', { endedAt: 99 })
  ], 'it stays in the list because its number is not that of the last attempt')

  const unknown = leased([ended(1, 'expired')])
  attributeResult(unknown, null, 99)
  t.match(unknown, { agent: null, claimedAt: null })
  t.match(unknown.endedAttempts, [{ attempt: 1, outcome: 'expired' }, { attempt: 2, outcome: 'cancelled' }])
})

test('of many attempts the first and the latest are kept', async t => {
  let list: readonly EndedAttempt[] | null = null
  for (let attempt = 1; attempt <= 50; attempt++) list = withEnded(list, ended(attempt, 'expired'))
  t.equal(list?.length, MAX_ENDED_ATTEMPTS)
  t.same(list?.map(({ attempt }) => attempt), [1, ...Array.from({ length: 19 }, (_, index) => 32 + index)])
})

test('a failure names the agents of the attempts that were not given back', async t => {
  t.same(agentsOf(task({})), [])
  const endedAttempts = [ended(1, 'released'), ended(1, 'expired', { agent: null }), ended(2, 'failed')]
  t.same(agentsOf(task({ endedAttempts })), [null, 'agent 2'])
})

test('a task shows its own attempt, open or ended, apart from the others', async t => {
  const first = ended(1, 'expired')
  const last = ended(2, 'failed', { message: 'No beads' })
  t.same(attemptsOf(task({})), { own: null, earlier: [] })
  t.same(attemptsOf(task({ attempts: 1, endedAttempts: [first] })), { own: null, earlier: [first] })
  t.same(attemptsOf(leased([first])), { own: { attempt: 2, endedAt: null, outcome: null }, earlier: [first] })
  const more = { attempts: 2, agent: 'a', claimedAt: 2, endedAttempts: [first, last] }
  for (const state of ['overdue', 'failed', 'dropped'] as const) {
    t.same(attemptsOf(task({ ...more, state })), { own: last, earlier: [first] })
  }
  const completed = { ...more, state: 'completed', completedAt: 90 } as const
  t.same(attemptsOf(task(completed)), {
    own: { attempt: 2, endedAt: 90, outcome: 'completed' }, earlier: [first, last]
  })
  const late = ended(1, 'completed')
  t.same(attemptsOf(task({ ...completed, endedAttempts: [last, late] })), { own: late, earlier: [last] })
  t.same(attemptsOf(task({ ...completed, claimedAt: null })), { own: null, earlier: [first, last] })
})
