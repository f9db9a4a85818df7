import { isDeepStrictEqual } from 'node:util'
import { type Test, test } from 'tap'
import { type Event, createKnowledge, openEvents } from '../http/event-reader.js'
import { call, launchServer } from './launch.js'

interface Reader {
  readonly known: ReturnType<typeof createKnowledge>
  last: string
  starts: number
  hasEnded: boolean
}

/** Reads until the stream ends or the connection breaks; applies what came. */
async function readOn (t: Test, url: string, reader: Reader): Promise<void> {
  try {
    const events = await openEvents(t, url, reader.last === '' ? {} : { 'last-event-id': reader.last })
    if (events.response.status === 204) reader.hasEnded = true
    for (let event: Event | null; !reader.hasEnded && (event = await events.next()) !== null;) {
      reader.known.apply(event)
      reader.last = event.id
      if (event.event === 'start') reader.starts++
      if (event.event === 'end') reader.hasEnded = true
    }
  } catch {
    // The connection broke.
  }
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`readers resume after ${signal} in the midst, and miss nothing`, async t => {
    t.testdir({})
    const variables = { TIME_ADDITION_MS: 20, TIME_MULTIPLICATIONS_MS: 20, COMPUTING_POWER: 4, TASK_LEASE_MS: 500 }
    let server = await launchServer(t, variables)
    const port = new URL(server.url).port
    const text = Array.from({ length: 60 }, (_, index) => `(${index}+1)*${index + 2}`).join('+')
    const { body } = await call('POST', `${server.url}/api/v1/calculate`, { expression: text })
    const { id } = body as { id: number }
    const url = `${server.url}/api/v1/expressions/${id}`
    const readers = Array.from({ length: 20 }, (): Reader =>
      ({ known: createKnowledge(), last: '', starts: 0, hasEnded: false }))
    const reading = readers.map(async reader => {
      while (!reader.hasEnded) {
        await readOn(t, `${url}/events`, reader)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    })
    for (let kill = 0; kill < 3; kill++) {
      const before = readers.map(({ last }) => last)
      while (readers.some(({ last, hasEnded }, index) => !hasEnded && last === before[index])) {
        await new Promise(resolve => setTimeout(resolve, 5))
      }
      await server.stop(signal)
      server = await launchServer(t, { ...variables, PORT: port })
    }
    await Promise.all(reading)
    const { body: { expression } } = await call('GET', url) as { body: { expression: { status: string } } }
    const { body: { operations } } = await call('GET', `${url}/operations?limit=10000`) as
      { body: { operations: unknown[] } }
    t.equal(expression.status, 'completed')
    for (const { known, starts } of readers) {
      t.ok(isDeepStrictEqual(known.state, { expression, operations }), 'it knows what GET says')
      t.ok(starts > 1, 'the server was another one in between')
    }
  })
}
