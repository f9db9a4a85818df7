/** What clients see of attempts: enough for a Gantt chart of all that the agents did. */
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import type { ManualClock } from '../../manual-clock.js'
import { type TaskShown, build, submit } from '../helper.js'

interface AttemptShown {
  readonly attempt: number
  readonly agent: string | null
  readonly claimed_at?: string
  readonly ended_at?: string
  readonly outcome?: string
  readonly message?: string
}

interface OperationShown extends Partial<AttemptShown> {
  readonly id: number
  readonly state: string
  readonly agent: string | null
  readonly earlier_attempts?: readonly AttemptShown[]
}

/** From the claim to the end, in ms since the epoch; null for an open one. */
interface Bar {
  readonly operation: number
  readonly attempt: number
  readonly from: number
  to: number | null
  outcome: string | null
}

/** The bars of each agent, in order of their claims; without a name under ''. */
type Chart = Record<string, Bar[]>

function add (chart: Chart, agent: string | null, bar: Bar): Bar {
  const lane = chart[agent ?? ''] ??= []
  lane.push(bar)
  return bar
}

async function operationsOf (app: FastifyInstance, id: number): Promise<readonly OperationShown[]> {
  const response = await app.inject(`/api/v1/expressions/${id}/operations`)
  return response.json<{ operations: OperationShown[] }>().operations
}

/** The chart, from nothing but the list of operations. */
async function chartOf (app: FastifyInstance, id: number): Promise<Chart> {
  const chart: Chart = {}
  for (const { id: operation, attempt, earlier_attempts: earlier = [], ...shown } of await operationsOf(app, id)) {
    const attempts = attempt === undefined ? earlier : [...earlier, { attempt, ...shown }]
    for (const { attempt, agent, claimed_at: from, ended_at: to, outcome = null } of attempts) {
      const bar = { operation, attempt, from: Date.parse(from!), to: to === undefined ? null : Date.parse(to), outcome }
      add(chart, agent, bar)
    }
  }
  for (const lane of Object.values(chart)) lane.sort((one, other) => one.from - other.from)
  return chart
}

/** Divides all times of the test. */
const STEP_MS = 10

/** Agents that note what they do, and when. */
function agentsOf (app: FastifyInstance, clock: ManualClock) {
  const chart: Chart = {}

  async function post (url: string, payload: object): Promise<number> {
    return (await app.inject({ method: 'POST', url, payload })).statusCode
  }

  return {
    chart,

    async claim (agent: string) {
      const query = agent === '' ? '' : `?agent=${agent}`
      const response = await app.inject(`/internal/task${query}`)
      const { task } = response.json<{ task: TaskShown & { readonly lease_ms: number } }>()
      const { id, attempt, lease, lease_ms: leaseMs, arg1, arg2, operation } = task
      const bar = add(chart, agent, { operation: id, attempt, from: clock.now(), to: null, outcome: null })
      const end = (outcome: string): void => { Object.assign(bar, { to: clock.now(), outcome }) }
      return {
        end,

        /** Does nothing until the lease is over. */
        async lose () {
          // In steps, because a timer is set anew only after the expiry before it.
          while (clock.now() < bar.from + leaseMs) {
            clock.advance(STEP_MS)
            await setImmediate()
          }
          end('expired')
        },

        async deliver (withLease = true) {
          const result = operation === '+' ? arg1 + arg2 : arg1 * arg2
          end('completed')
          return post('/internal/task', { id, result, ...withLease && { lease } })
        },

        async fail (retryable: boolean) {
          end('failed')
          return post('/internal/task', { id, lease, error: { code: 'no_beads', message: 'No beads', retryable } })
        },

        async release () {
          end('released')
          return post('/internal/heartbeat', { agent, tasks: [], release: [{ id, lease }] })
        }
      }
    }
  }
}

test('the chart of an expression, made of its operations alone, is what the agents did', async t => {
  const { app, clock } = build(t)
  const { claim, chart } = agentsOf(app, clock)
  const id = await submit(app, '(1+2)*(3+4)+5*6')

  const quick = await claim('quick')
  const lost = await claim('slow')
  const picky = await claim('picky')
  clock.advance(300)
  t.equal(await quick.deliver(), 200)
  t.equal(await picky.fail(true), 200)
  clock.advance(200)
  const given = await claim('giver')
  clock.advance(50)
  t.equal(await given.release(), 200)
  await lost.lose()
  clock.advance(200)
  const unnamed = await claim('')
  const again = await claim('quick')
  clock.advance(70)
  t.same(await chartOf(app, id), chart, 'while it runs')
  t.equal(await again.deliver(), 200)
  clock.advance(30)
  t.equal(await lost.deliver(), 200, 'later than its lease, and before the agent that has it now')
  unnamed.end('cancelled')
  clock.advance(10)
  const third = await claim('slow')
  clock.advance(10)
  await third.lose()
  const fourth = await claim('giver')
  clock.advance(10)
  t.equal(await fourth.deliver(false), 200)
  const last = await claim('quick')
  clock.advance(100)
  t.equal(await last.deliver(), 200)

  t.match((await app.inject(`/api/v1/expressions/${id}`)).json(), { expression: { status: 'completed', result: 51 } })
  t.same(await chartOf(app, id), chart)
  const outcomes = new Set(Object.values(chart).flatMap(lane => lane.map(({ outcome }) => outcome)))
  t.same([...outcomes].sort(), ['cancelled', 'completed', 'expired', 'failed', 'released'])
})

test('a failed expression shows the reported message, and what its end cancelled', async t => {
  const { app, clock } = build(t)
  const { claim, chart } = agentsOf(app, clock)
  const id = await submit(app, '(1+2)*(3+4)')
  const one = await claim('one')
  const other = await claim('other')
  clock.advance(40)
  t.equal(await one.fail(false), 200)
  other.end('cancelled')
  t.same(await chartOf(app, id), chart)
  const operations = await operationsOf(app, id)
  t.match(operations, [
    { state: 'failed', agent: 'one', attempt: 1, outcome: 'failed', message: 'No beads' },
    { state: 'dropped', agent: 'other', attempt: 1, outcome: 'cancelled' },
    { state: 'dropped', agent: null }
  ])
  t.notOk(operations.some(operation => 'earlier_attempts' in operation), 'there are no others')
  t.notOk('attempt' in operations[2]!, 'it was never claimed')
})
