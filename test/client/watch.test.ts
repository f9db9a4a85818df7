import { test } from 'tap'
import type { Expression, Operation } from '../../src/client/api.js'
import { createClient } from '../../src/client/client.js'
import type { ClientOptions } from '../../src/client/client.js'
import type { ExpressionUpdate } from '../../src/client/state.js'
import { agentNamed, entryOf, expressionOf, operationOf } from './objects.js'
import { beginStream, createHastyClock, cut, message, scriptServer, sendProblem } from './scripted-server.js'

const NOW = '2026-01-31T12:00:00.000Z'

function dataOf (operations: readonly Operation[], expression: Expression = expressionOf(1)) {
  return { now: NOW, expression, operations }
}

const START = message('start', 'a', dataOf([operationOf(1), operationOf(2)]))
const CHANGE = message('change', 'b', dataOf([operationOf(1, 'completed')]))
const LAST = message('change', 'c', dataOf([operationOf(2, 'completed')], expressionOf(1, 'completed')))
const END = message('end', 'd', { now: NOW })

/** A client without delays, whose pauses are as long as they may be. */
function clientOf (url: string, options: ClientOptions = {}) {
  const clock = createHastyClock()
  const retry = { retries: 2, baseMs: 100, capMs: 400 }
  return { clock, client: createClient(url, { clock, random: () => 1, retry, ...options }) }
}

async function all<T> (items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** Cursor and states of an update, in short. */
function briefOf ({ cursor, isStart, operations, changed, expression }: ExpressionUpdate): string {
  const states = operations.map(({ id, state }) => `${id} ${state}`).join(', ')
  return `${cursor}${isStart ? ' start' : ''}: ${expression.status}; ${states}; changed ${changed.map(({ id }) => id)}`
}

const COMPLETE = [
  'a start: in_progress; 1 ready, 2 ready; changed 1,2',
  'b: in_progress; 1 completed, 2 ready; changed 1',
  'c: completed; 1 completed, 2 completed; changed 2'
]

test('an iteration has each state, and ends after the final one', async t => {
  const server = await scriptServer(t, (_, response) => {
    beginStream(response, ': welcome\n\n', START, CHANGE, ': still here\n\n', LAST, END)
  })
  const { client, clock } = clientOf(`${server.url}/lab`)
  const updates = await all(client.watch(1))
  t.same(updates.map(briefOf), COMPLETE)
  t.equal(updates[0]?.now, NOW)
  const [request] = server.received
  const headers = { accept: 'text/event-stream' }
  t.match(request, { method: 'GET', target: '/lab/api/v1/expressions/1/events', headers })
  t.notOk('last-event-id' in (request?.headers ?? {}))
  await request?.gone
  t.same(clock.waits, [], 'no timer is left')
})

test('a stream in slow pieces of any size is the same', async t => {
  const server = await scriptServer(t, async (_, response) => {
    beginStream(response)
    for (const byte of Buffer.from(START + CHANGE + LAST + END)) {
      await new Promise(resolve => response.write(Buffer.of(byte), resolve))
    }
  })
  t.same((await all(clientOf(server.url).client.watch(1))).map(briefOf), COMPLETE)
})

test('the pieces of a state make one update', async t => {
  const server = await scriptServer(t, (_, response) => {
    const piece = (id: number) => ({ ...dataOf([operationOf(id)]), more: true })
    beginStream(response, message('start', 'x', piece(1)), message('change', 'a', dataOf([operationOf(2)])), END)
  })
  t.same((await all(clientOf(server.url).client.watch(1))).map(briefOf), COMPLETE.slice(0, 1))
})

test('a lost connection is resumed with the last cursor', async t => {
  await t.test('however it is lost', async t => {
    const server = await scriptServer(t, async (_, response, count) => {
      if (count === 1) {
        beginStream(response, START, CHANGE.slice(0, -20))
        await cut(response)
      } else if (count === 2) {
        response.socket?.resetAndDestroy()
      } else if (count === 3) {
        sendProblem(response, 503, 'draining', { 'retry-after': 5 })
      } else if (count === 4) {
        response.writeHead(502).end('<p>Bad gateway')
      } else if (count === 5) {
        beginStream(response, CHANGE)
        response.end()
      } else {
        beginStream(response, LAST, END)
      }
    })
    const { client, clock } = clientOf(server.url)
    const lost: Array<readonly [code: string, status: number | undefined, delayMs: number]> = []
    const updates = await all(client.watch(1, {
      onReconnect: ({ code, status }, delayMs) => { lost.push([code, status, delayMs]) }
    }))
    t.same(updates.map(briefOf), COMPLETE)
    t.same(server.received.map(({ headers }) => headers['last-event-id']), [undefined, 'a', 'a', 'a', 'a', 'b'])
    t.same(lost, [
      ['connection_failed', undefined, 100],
      ['connection_failed', undefined, 200],
      ['draining', 503, 5_400],
      ['answer_invalid', 502, 400],
      ['connection_failed', undefined, 100]
    ], 'the delays double until a message comes')
    t.same(clock.pauses, [100, 200, 5_400, 400, 100])
  })

  await t.test('in the midst of the pieces of a state', async t => {
    const server = await scriptServer(t, async (_, response, count) => {
      if (count === 1) {
        beginStream(response, message('start', 'x', { ...dataOf([operationOf(1)]), more: true }))
        await cut(response)
      } else beginStream(response, message('change', 'a', dataOf([operationOf(2)])), END)
    })
    t.same((await all(clientOf(server.url).client.watch(1))).map(briefOf), COMPLETE.slice(0, 1))
    t.equal(server.received[1]?.headers['last-event-id'], 'x')
  })

  await t.test('by a server that starts anew', async t => {
    const server = await scriptServer(t, async (_, response, count) => {
      if (count === 1) {
        beginStream(response, START, CHANGE)
        await cut(response)
      } else beginStream(response, message('start', 'z', dataOf([operationOf(2, 'leased')])), END)
    })
    t.same((await all(clientOf(server.url).client.watch(1))).map(briefOf), [
      ...COMPLETE.slice(0, 2), 'z start: in_progress; 2 leased; changed 2'
    ])
  })

  await t.test('when the end was all that was missing', async t => {
    const server = await scriptServer(t, async (_, response, count) => {
      if (count > 1) response.writeHead(204).end()
      else {
        beginStream(response, START, CHANGE, LAST)
        await cut(response)
      }
    })
    t.same((await all(clientOf(server.url).client.watch(1))).map(briefOf), COMPLETE)
    t.equal(server.received.length, 2)
  })

  await t.test('when it was silent for longer than a comment takes', async t => {
    const server = await scriptServer(t, (_, response, count) => {
      if (count === 1) beginStream(response, START)
      else beginStream(response, CHANGE, LAST, END)
    })
    const { client, clock } = clientOf(server.url)
    const updates = client.watch(1)
    const first = await updates.next()
    const second = updates.next()
    t.same(clock.waits, [45_000])
    clock.silence()
    await server.received[0]?.gone
    t.same([first.value, (await second).value, ...await all(updates)].map(briefOf), COMPLETE)
  })

  await t.test('after the time that the stream asks for', async t => {
    const server = await scriptServer(t, (_, response, count) => {
      if (count === 3) beginStream(response, END)
      else beginStream(response, ['retry: 250\n', 'retry: 0\n'][count - 1] ?? '', START)
      response.end()
    })
    const { client, clock } = clientOf(server.url)
    await all(client.watch(1))
    t.same(clock.pauses, [250, 1], 'never at once')
  })
})

test('an iteration goes on after an update of an earlier one', async t => {
  const server = await scriptServer(t, (_, response, count) => {
    if (count === 1) beginStream(response, START)
    else beginStream(response, CHANGE, LAST, END)
  })
  const { client } = clientOf(server.url)
  const kept: ExpressionUpdate[] = []
  for await (const update of client.watch(1)) {
    kept.push(JSON.parse(JSON.stringify(update)))
    if (update.isStart) break
  }
  t.same([...kept, ...await all(client.watch(1, { after: kept[0] }))].map(briefOf), COMPLETE)
  t.equal(server.received[1]?.headers['last-event-id'], 'a')
})

test('what the server refuses is thrown', async t => {
  for (const [status, code] of [[404, 'expression_unknown'], [406, 'not_acceptable'], [500, 'internal']] as const) {
    const server = await scriptServer(t, (_, response) => sendProblem(response, status, code))
    await t.rejects(all(clientOf(server.url).client.watch(1)), { name: 'LonghandError', status, code })
    t.equal(server.received.length, 1, code)
  }

  await t.test('also after a lost connection', async t => {
    const server = await scriptServer(t, (_, response, count) => {
      if (count > 1) return sendProblem(response, 404, 'expression_unknown')
      beginStream(response, START)
      response.end()
    })
    await t.rejects(all(clientOf(server.url).client.watch(1)), { status: 404, code: 'expression_unknown' })
  })

  await t.test('a full or unreachable server, after the last attempt to begin', async t => {
    const full = await scriptServer(t, (_, response) => {
      sendProblem(response, 503, 'streams_full', { 'retry-after': 5 })
    })
    await t.rejects(all(clientOf(full.url).client.watch(1)), { status: 503, code: 'streams_full' })
    t.equal(full.received.length, 3)
    const gone = await scriptServer(t, (_, response) => response.socket?.resetAndDestroy())
    await t.rejects(all(clientOf(gone.url).client.watch(1)), { code: 'connection_failed', cause: TypeError })
    t.equal(gone.received.length, 3)
  })

  await t.test('an answer that is no stream, and a message that is not JSON', async t => {
    const page = await scriptServer(t, (_, response) => response.end('<p>Welcome'))
    await t.rejects(all(clientOf(page.url).client.watch(1)), { status: 200, code: 'answer_invalid' })
    const garbled = await scriptServer(t, (_, response) => beginStream(response, 'event: start\ndata: {\n\n'))
    await t.rejects(all(clientOf(garbled.url).client.watch(1)), { code: 'answer_invalid' })
    await garbled.received[0]?.gone
  })
})

test('a connection closes at once', async t => {
  const open = (t: Parameters<typeof scriptServer>[0]) => scriptServer(t, (_, response) => beginStream(response, START))

  await t.test('with a break', async t => {
    const server = await open(t)
    for await (const update of clientOf(server.url).client.watch(1)) {
      if (update.isStart) break
    }
    await server.received[0]?.gone
  })

  await t.test('with an abort that interrupts the wait for a message', async t => {
    const server = await open(t)
    const controller = new AbortController()
    const updates = clientOf(server.url).client.watch(1, { signal: controller.signal })
    await updates.next()
    const next = updates.next()
    controller.abort(new Error('enough'))
    await t.rejects(next, { message: 'enough' })
    await server.received[0]?.gone
    t.same(await updates.next(), { done: true, value: undefined })
  })

  await t.test('with an abort while an update is read', async t => {
    const server = await scriptServer(t, (_, response) => beginStream(response, START + CHANGE))
    const controller = new AbortController()
    const updates = clientOf(server.url).client.watch(1, { signal: controller.signal })
    await updates.next()
    controller.abort(new Error('enough'))
    await server.received[0]?.gone
    await t.rejects(updates.next(), { message: 'enough' }, 'what had come is not read any more')
  })

  await t.test('with a return that interrupts the wait for a message', async t => {
    const server = await open(t)
    const updates = clientOf(server.url).client.watch(1)
    await updates.next()
    const next = updates.next()
    t.same(await updates.return?.(), { done: true, value: undefined })
    t.same(await next, { done: true, value: undefined })
    await server.received[0]?.gone
  })

  await t.test('never opens when the signal is aborted before', async t => {
    const server = await open(t)
    await t.rejects(all(clientOf(server.url).client.watch(1, { signal: AbortSignal.abort() })), { name: 'AbortError' })
    t.equal(server.received.length, 0)
  })

  await t.test('in a pause', async t => {
    const server = await scriptServer(t, (_, response) => beginStream(response, START) === undefined && response.end())
    const controller = new AbortController()
    const { client } = clientOf(server.url, { clock: { monotonic: () => 0, after: () => () => {} } })
    const onReconnect = (): void => controller.abort()
    await t.rejects(all(client.watch(1, { signal: controller.signal, onReconnect })), { name: 'AbortError' })
    t.equal(server.received.length, 1)
  })
})

test('the list and the agents', async t => {
  const server = await scriptServer(t, async (_, response, count) => {
    const lab = agentNamed('lab')
    if (count === 1) {
      beginStream(response, message('start', 'a', { now: NOW, expressions: [entryOf(1), entryOf(2)], agents: [lab] }))
      await cut(response)
    } else {
      beginStream(response, message('change', 'b', {
        now: NOW, expressions: [entryOf(2, 'cancelled')], deleted: [1], removed_agents: [{ name: 'lab' }]
      }))
    }
  })
  const updates = clientOf(server.url).client.watchList()
  t.match((await updates.next()).value, { cursor: 'a', isStart: true, expressions: [{ id: 1 }, { id: 2 }] })
  t.match((await updates.next()).value, {
    cursor: 'b', isStart: false, expressions: [{ id: 2, status: 'cancelled' }], deleted: [1], agents: []
  })
  await updates.return?.()
  t.same(server.received.map(({ target, headers }) => [target, headers['last-event-id']]), [
    ['/api/v1/events', undefined], ['/api/v1/events', 'a']
  ])
  await server.received[1]?.gone
})
