/**
 * A process with the minimum of a durable orchestrator: tasks from a counter, results into a file, and an fdatasync
 * before the answers, which all requests that arrived meanwhile share. One request reports a result and claims a task.
 *
 *     node orchestrator.js FILE
 */
import { open } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface BareTask {
  readonly id: number
  readonly arg1: number
  readonly arg2: number
  readonly operation: string
  readonly operation_time: number
}

/** What an agent posts; the first time null. */
export interface BareReport {
  readonly id: number
  readonly result: number
}

const file = await open(process.argv[2]!, 'a')
let lines: string[] = []
let waiting: ServerResponse[] = []
let syncing = false
let lastId = 0

const server = createServer((request, response) => {
  receive(request, response).catch((error: unknown) => {
    response.writeHead(500).end(String(error))
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})

async function receive (request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const report = JSON.parse(text) as BareReport | null
  if (report !== null) {
    if (report.result !== report.id + 1) throw new Error(`The result of task ${report.id} is not ${report.result}`)
    lines.push(JSON.stringify(report))
  }
  waiting.push(response)
  if (!syncing) await sync()
}

async function sync (): Promise<void> {
  syncing = true
  while (waiting.length > 0) {
    const [batch, responses] = [lines, waiting]
    lines = []
    waiting = []
    if (batch.length > 0) {
      await file.write(`${batch.join('\n')}\n`)
      await file.datasync()
    }
    for (const response of responses) answer(response)
  }
  syncing = false
}

function answer (response: ServerResponse): void {
  const task: BareTask = { id: ++lastId, arg1: lastId, arg2: 1, operation: '+', operation_time: 0 }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ task }))
}
