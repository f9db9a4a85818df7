/**
 * A process that posts the same body repeatedly over many connections, one request at a time on each, and prints the
 * rate. It writes prepared bytes to bare sockets and reads as little of the answers as it can, so that it is not itself
 * measured; it checks every status and every id all the same.
 *
 *     node load.js URL BODY CONNECTIONS WARM-UP COUNT
 */
import { type Socket, connect } from 'node:net'

export interface LoadResult {
  readonly perSecond: number
  /** Number of requests in all. */
  readonly answered: number
}

/** A longer wait for an answer counts as a failure, in ms. */
const SILENCE_MS = 30_000

const [target = '', body = '', connections = '1', warmUp = '0', count = '1'] = process.argv.slice(2)
const { hostname, port, host, pathname } = new URL(target)
const request = Buffer.from(`POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
const ids = new Set<string>()

const sockets = await Promise.all(Array.from({ length: Number(connections) }, open))
await post(Number(warmUp))
const began = performance.now()
await post(Number(count))
const perSecond = Number(count) / (performance.now() - began) * 1000
for (const socket of sockets) socket.destroy()
const result: LoadResult = { perSecond, answered: ids.size }
process.stdout.write(`${JSON.stringify(result)}\n`)

function open (): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error(`No answer for ${SILENCE_MS} ms`)))
  })
}

/** Makes `total` requests, shared by all connections. */
async function post (total: number): Promise<void> {
  let left = total
  await Promise.all(sockets.map(async socket => {
    while (left > 0) {
      left--
      note(await answerOf(socket))
    }
  }))
}

function answerOf (socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const read = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      if (!isWhole(text)) return
      leave()
      resolve(text)
    }
    const fail = (error?: Error): void => {
      leave()
      reject(error ?? new Error('The server closed the connection'))
    }
    function leave (): void {
      socket.off('data', read).off('error', fail).off('end', fail)
    }
    socket.on('data', read).on('error', fail).on('end', fail)
    socket.write(request)
  })
}

function isWhole (text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  if (length === undefined) throw new Error(`An answer without a length: ${text}`)
  return text.length >= end + 4 + Number(length)
}

/** @throws unless the answer is 201 with a new id */
function note (answer: string): void {
  const id = /\{"id":(\d+)\}$/.exec(answer)?.[1]
  if (!answer.startsWith('HTTP/1.1 201 ') || id === undefined) throw new Error(`An unexpected answer: ${answer}`)
  if (ids.has(id)) throw new Error(`The id ${id} was given twice`)
  ids.add(id)
}
