/** A client that does not read, while it follows a large expression. */
import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { createMemoryStore } from '../../../src/store/memory.js'
import { createManualClock } from '../../manual-clock.js'
import { createKnowledge, openEvents } from '../event-reader.js'
import { serve } from '../events-scene.js'
import { submit } from '../helper.js'

const OPERATIONS = 100_000
/** Of an expression, in one message. */
const PIECE = 1_000

test('to a client that does not read, nothing is sent ahead; when it reads again, it gets what GET says', async t => {
  let leases = 0
  let reads = 0
  const store = createMemoryStore({
    clock: createManualClock(),
    rules: {
      leaseMs: 10_000,
      attempts: 5,
      timeoutMs: null,
      retain: 100,
      retainBytes: 1e9,
      openExpressions: 100,
      openOperations: 1e6,
      openBytes: 1e9
    },
    newLease: () => `lease-${++leases}`
  })
  const { app, api, clock } = await serve(t, {
    settings: { BODY_LIMIT_BYTES: 1e6 },
    store: () => ({
      ...store,
      changesOf: (id, since, limit) => {
        reads++
        return store.changesOf(id, since, limit)
      }
    })
  })
  const id = await submit(app, '1'.padEnd(2 * OPERATIONS + 1, '+1'))
  const events = await openEvents(t, `${api}/expressions/${id}/events`)
  const known = createKnowledge()
  let event = (await events.next())!
  known.apply(event)
  for (let turn = 0; turn < 1_000; turn++) {
    clock.advance(100)
    await setImmediate()
  }
  t.ok(reads < OPERATIONS / PIECE / 2, `${reads} pieces are read for what the socket and the client hold`)

  while (event.data.more === true) {
    const next = events.next()
    clock.advance(100)
    event = (await next)!
    known.apply(event)
  }
  t.equal(reads, OPERATIONS / PIECE)
  const { expression, operations } = known.state
  t.strictSame(expression, (await app.inject(`/api/v1/expressions/${id}`)).json().expression)
  const shown: unknown[] = []
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: { operations: unknown[], next?: number } =
      (await app.inject(`/api/v1/expressions/${id}/operations?limit=10000&after=${after}`)).json()
    shown.push(...page.operations)
    after = page.next
  }
  t.equal(shown.length, OPERATIONS)
  t.ok(JSON.stringify(operations) === JSON.stringify(shown), 'the same operations')
})
