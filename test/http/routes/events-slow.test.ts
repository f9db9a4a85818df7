import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import type { Store } from '../../../src/core/store.js'
import { compact } from '../../../src/store/file/compaction-job.js'
import { realDisk } from '../../../src/store/file/disk.js'
import { openFileStore } from '../../../src/store/file/index.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { systemClock } from '../../../src/system/clock.js'
import { RULES } from '../../store/fixture.js'
import { createKnowledge, openEvents } from '../event-reader.js'
import { report, serve, whileTimePasses } from '../events-scene.js'
import { claim, submit } from '../helper.js'

const OPERATIONS = 100_000

/** What GET says, page by page. */
async function shownInPages (app: FastifyInstance, id: number) {
  const { expression } = (await app.inject(`/api/v1/expressions/${id}`)).json()
  const operations: unknown[] = []
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: { operations: unknown[], next?: number } =
      (await app.inject(`/api/v1/expressions/${id}/operations?limit=10000&after=${after}`)).json()
    operations.push(...page.operations)
    after = page.next
  }
  return { expression, operations }
}

test('a client that does not read costs what its socket holds; when it reads on, it gets what GET says', async t => {
  const path = `${t.testdir({})}/longhand.json`
  const file = await openFileStore({
    path,
    clock: systemClock,
    rules: RULES,
    newLease: createLeaseTokens(),
    onFault: error => { throw error },
    compact: last => compact({ disk: realDisk, path }, last)
  })
  let reads = 0
  const changesOf: Store['changesOf'] = (...request) => {
    reads++
    return file.changesOf(...request)
  }
  const { app, api, clock, orchestrator } = await serve(t, {
    settings: { BODY_LIMIT_BYTES: 1e6 }, store: () => ({ ...file, changesOf })
  })
  const sockets = new Set<Socket>()
  app.server.on('connection', socket => sockets.add(socket))
  const id = await submit(app, Array.from({ length: OPERATIONS / 2 }, () => '(1+2)').join('+') + '+3')

  const known = createKnowledge()
  const events = await openEvents(t, `${api}/expressions/${id}/events`)
  known.apply((await events.next())!)
  const [socket] = sockets
  // The buffers of both sides take some pieces.
  for (let before = -1; before !== reads;) {
    before = reads
    await whileTimePasses(clock, new Promise(resolve => setTimeout(resolve, 300)))
  }
  t.ok(reads < OPERATIONS / 1_000 / 2, `${reads} reads`)
  const held = socket!.writableLength
  t.ok(held < 1e6, `${held} bytes in the memory of the server`)

  const stalledAt = reads
  for (let task = 0; task < 50; task++) await report(app, await claim(app), 3)
  await app.inject({ method: 'DELETE', url: `/api/v1/expressions/${id}` })
  await whileTimePasses(clock, new Promise(resolve => setTimeout(resolve, 300)))
  t.same([reads, socket!.writableLength], [stalledAt, held], 'changes are not read for it either')

  for (;;) {
    const event = await whileTimePasses(clock, events.next())
    if (event!.event === 'end') break
    known.apply(event!)
  }
  const wanted = await shownInPages(app, id)
  t.equal(wanted.operations.length, OPERATIONS)
  t.equal(JSON.stringify(known.state), JSON.stringify(wanted))
  events.close()
  while (orchestrator.following > 0) await new Promise(resolve => setImmediate(resolve))
  // Before its folder is deleted.
  await app.close()
  await file.close()
})
