/**
 * A process that keeps expressions in progress, each followed by readers of its event stream, and prints what the
 * server did and what the readers got. The readers are bare sockets that look only for the ends of events, so that they
 * are not themselves measured; one of them, the sample, reads its events whole.
 *
 *     node readers.js URL OPERATIONS EXPRESSIONS READERS WARM-UP SECONDS
 *
 * EXPRESSIONS are in progress at any time, each of OPERATIONS and with READERS. When one is final, the next is
 * submitted and followed by as many readers; those of the final one leave a moment later. Prints `warm` after the
 * warm-up, and a `ReadersResult` SECONDS later.
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
  /** Longest time from a change to its event at the sample, in ms; 0 without readers. */
  readonly latestMs: number
}

/** Readers that connect at once. More than the server's queue of connections takes would be reset. */
const BATCH = 100

/** How long readers may take to get the end of a final expression before they leave, in ms. */
const LEAVE_MS = 500

const OK = Buffer.from('HTTP/1.1 200 ')
const END = '\n\n'

const [url = '', operations = '1', expressions = '1', readers = '0', warmUp = '0', seconds = '1'] =
  process.argv.slice(2)
const { hostname, port, host } = new URL(url)
const client = createClient(url, Number(expressions))
const problem = tree(Number(operations))

let messages = 0
let bytes = 0
let latestMs = 0

for (const at of range(Number(expressions))) keepGoing(at === 0).catch(fail)
await sleep(Number(warmUp) * 1000)
process.stdout.write('warm\n')
const before = await claimed()
const began = performance.now()
messages = bytes = latestMs = 0
await sleep(Number(seconds) * 1000)
const done = await claimed() - before
const took = (performance.now() - began) / 1000
const result: ReadersResult = {
  perSecond: done / took, messagesPerSecond: messages / took, bytesPerSecond: bytes / took, latestMs
}
process.stdout.write(`result ${JSON.stringify(result)}\n`, () => process.exit(0))

/** @param isSampled whether one of the readers is the sample */
async function keepGoing (isSampled: boolean): Promise<never> {
  for (;;) {
    const sockets: Socket[] = []
    const ending = new AbortController()
    const join = async (id: number): Promise<void> => {
      while (sockets.length < Number(readers) && !ending.signal.aborted) {
        const batch = range(Math.min(BATCH, Number(readers) - sockets.length))
        const opened = batch.map(at => follow(id, isSampled && sockets.length + at === 0))
        sockets.push(...opened)
        await Promise.all(opened.map(socket => once(socket, 'data')))
      }
    }
    await solve(client, problem, id => { join(id).catch(fail) })
    ending.abort()
    setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, LEAVE_MS)
  }
}

async function claimed (): Promise<number> {
  const { body } = await request(`${url}/metrics`)
  return Number(/^longhand_tasks_claimed_total (\d+)$/m.exec(await body.text())![1])
}

/** Reads the events of an expression. */
function follow (id: number, isSample: boolean): Socket {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => {
    socket.write(`GET /api/v1/expressions/${id}/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  })
  const noted = isSample ? sample() : null
  let isFirst = true
  return socket.on('error', fail).on('data', (chunk: Buffer) => {
    if (isFirst && !chunk.subarray(0, OK.length).equals(OK)) fail(new Error(chunk.toString()))
    isFirst = false
    bytes += chunk.length
    for (let at = chunk.indexOf(END); at !== -1; at = chunk.indexOf(END, at + END.length)) messages++
    noted?.(chunk)
  })
}

/** Reads the events whole. What changed last in one was there when the one before was read, or has changed since. */
function sample (): (chunk: Buffer) => void {
  let text = ''
  return chunk => {
    text += chunk.toString('latin1')
    const events = text.split(END)
    text = events.pop()!
    for (const event of events) {
      if (!event.includes('event: change\n')) continue
      for (const [, time] of event.matchAll(/"completed_at":"([^"]*)"/g)) {
        latestMs = Math.max(latestMs, Date.now() - Date.parse(time!))
      }
    }
  }
}

function fail (error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
