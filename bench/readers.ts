/**
 * A process that keeps expressions in progress, each followed by readers of its event stream, and prints what the
 * server did and what the readers got. The readers are bare sockets that look only for the ends of events, so that they
 * are not themselves measured.
 *
 *     node readers.js URL OPERATIONS EXPRESSIONS READERS WARM-UP SECONDS
 *
 * EXPRESSIONS are in progress at any time, each of OPERATIONS and with READERS. When one is final, the next is
 * submitted and followed by as many readers; those of the final one stay until they have its end. Prints `warm` after
 * the warm-up, and a `ReadersResult` SECONDS later. Then it goes on until it is stopped.
 */
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { createClient } from './client.js'
import { range, solve, tree } from './workload.js'

export interface ReadersResult {
  /** Operations that agents claimed. */
  readonly perSecond: number
  /** Events that all readers got. */
  readonly messagesPerSecond: number
  readonly bytesPerSecond: number
}

/** Readers that connect at once. More than the server's queue of connections takes would be reset. */
const BATCH = 100

/** How long readers may take to get the end of a final expression before they leave, in ms. */
const LEAVE_MS = 5_000

/** Between the first expressions, in ms, so that not too many are planned at once. */
const STAGGER_MS = 15

const OK = Buffer.from('HTTP/1.1 200 ')
const END = '\n\n'

const [url = '', operations = '1', expressions = '1', readers = '0', warmUp = '0', seconds = '1'] =
  process.argv.slice(2)
const { hostname, port, host } = new URL(url)
const client = createClient(url, Number(expressions))
const problem = tree(Number(operations))

let messages = 0
let bytes = 0

for (let started = 0; started < Number(expressions); started++) {
  keepGoing().catch(fail)
  await sleep(STAGGER_MS)
}
await sleep(Number(warmUp) * 1000)
process.stdout.write('warm\n')
const before = await claimed()
const began = performance.now()
messages = bytes = 0
await sleep(Number(seconds) * 1000)
const done = await claimed() - before
const took = (performance.now() - began) / 1000
const result: ReadersResult = {
  perSecond: done / took, messagesPerSecond: messages / took, bytesPerSecond: bytes / took
}
process.stdout.write(`result ${JSON.stringify(result)}\n`)

async function keepGoing (): Promise<never> {
  for (;;) {
    const sockets: Socket[] = []
    const ending = new AbortController()
    const join = async (id: number): Promise<void> => {
      while (sockets.length < Number(readers) && !ending.signal.aborted) {
        const batch = range(Math.min(BATCH, Number(readers) - sockets.length))
        const opened = batch.map(() => follow(id))
        sockets.push(...opened)
        await Promise.all(opened.map(socket => once(socket, 'data')))
      }
    }
    await solve(client, problem, id => { join(id).catch(fail) })
    ending.abort()
    setTimeout(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.destroy()
    }, LEAVE_MS)
  }
}

async function claimed (): Promise<number> {
  const { body } = await request(`${url}/metrics`)
  return Number(/^longhand_tasks_claimed_total (\d+)$/m.exec(await body.text())![1])
}

/** Reads the events of an expression. The server closes the connection after the last. */
function follow (id: number): Socket {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => {
    socket.write(`GET /api/v1/expressions/${id}/events HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  })
  let isFirst = true
  return socket.on('error', fail).on('data', (chunk: Buffer) => {
    if (isFirst && !chunk.subarray(0, OK.length).equals(OK)) fail(new Error(chunk.toString()))
    isFirst = false
    bytes += chunk.length
    for (let at = chunk.indexOf(END); at !== -1; at = chunk.indexOf(END, at + END.length)) messages++
  })
}

function fail (error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
