/**
 * A process with the least that can be called a durable orchestrator: tasks out of a counter,
 * results into a file, and an fdatasync that everybody who came in the meantime shares before any
 * of them is answered. One request takes a result and hands out the next task.
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

/** What an agent posts; the first time it has nothing to say. */
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
    if (report.result !== report.id + 1) throw new Error(`Task ${report.id} does not come to ${report.result}`)
    lines.push(JSON.stringify(report))
  }
  waiting.push(response)
  if (!syncing) await keep()
}

async function keep (): Promise<void> {
  syncing = true
  while (waiting.length > 0) {
    const [group, responses] = [lines, waiting]
    lines = []
    waiting = []
    if (group.length > 0) {
      await file.write(`${group.join('\n')}\n`)
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
