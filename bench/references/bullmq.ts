import {
  FlowProducer, type FlowJobNode, type FlowRootParentJob, type Job, Worker, createPostgresBackend
} from 'bullmq'
import { range } from '../workload.js'

/** Flows of dependent jobs on BullMQ: the same trees of additions as for Longhand. */
export interface Flows {
  /** Adds `count` trees of `operations` jobs at once and waits for their results. @returns the number of jobs in all */
  run (count: number, operations: number): Promise<number>
  close (): Promise<void>
}

/** A leaf of the tree of jobs has both operands; the others get the missing ones from their children. */
interface Operands {
  readonly numbers: readonly number[]
}

const QUEUE = 'operations'

/** BullMQ on a database. */
export interface Backend {
  worker (concurrency: number, done: Done, failed: (error: Error) => void): {
    waitUntilReady (): Promise<unknown>
    close (force: boolean): Promise<void>
  }
  producer (): {
    waitUntilReady (): Promise<unknown>
    addBulk (flows: FlowRootParentJob[]): Promise<unknown[]>
    close (): Promise<void>
  }
}

type Done = (id: string | undefined, result: unknown) => void

export function onRedis (port: number): Backend {
  // No limit of retries per command, as BullMQ requires for workers.
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null }
  return {
    worker: (concurrency, done, failed) => new Worker<Operands, number>(QUEUE, add, { connection, concurrency })
      .on('completed', ({ id }, result) => done(id, result))
      .on('failed', (_job, error) => failed(error))
      .on('error', failed),
    producer: () => new FlowProducer({ connection })
  }
}

/** @param url of an empty database */
export function onPostgres (url: string): Backend {
  const connection = { connectionString: url, migrate: true }
  return {
    worker: (concurrency, done, failed) =>
      new Worker(QUEUE, add, { connection, concurrency }, createPostgresBackend)
        .on('completed', ({ id }, result) => done(id, result))
        .on('failed', (_job, error) => failed(error))
        .on('error', failed),
    producer: () => new FlowProducer({ connection }, createPostgresBackend)
  }
}

/** As many jobs at once as Longhand has agents, with all optional costs left out. */
export async function startFlows (backend: Backend, concurrency: number): Promise<Flows> {
  const waiting = new Map<string, { resolve: (result: unknown) => void, reject: (error: Error) => void }>()
  const worker = backend.worker(concurrency, (id = '', result) => {
    waiting.get(id)?.resolve(result)
    waiting.delete(id)
  }, fail)
  const producer = backend.producer()
  await Promise.all([worker.waitUntilReady(), producer.waitUntilReady()])

  let flows = 0

  function fail (error: Error): void {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }

  function awaited (id: string): Promise<unknown> {
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
  }

  return {
    async run (count, operations) {
      const ids = range(count).map(() => `flow-${++flows}`)
      // Registered before the flows are added, so that no result is missed.
      const results = Promise.all(ids.map(awaited))
      const [added] = await Promise.all([
        producer.addBulk(ids.map(id => flow(id, operations))), results
      ])
      if (added.length !== count) throw new Error(`BullMQ took ${added.length} of ${count} flows`)
      const expected = (operations + 1) * (operations + 2) / 2
      for (const result of await results) {
        if (result !== expected) throw new Error(`The result of a flow is ${String(result)}, expected ${expected}`)
      }
      return count * operations
    },

    async close () {
      await worker.close(true)
      await producer.close()
    }
  }
}

async function add (job: Pick<Job<Operands, number>, 'data' | 'getChildrenValues'>): Promise<number> {
  const { numbers } = job.data
  const others = numbers.length === 2 ? [] : Object.values(await job.getChildrenValues<number>())
  return [...numbers, ...others].reduce((sum, number) => sum + number, 0)
}

/** The sum of 1 to operations + 1 as a tree, as `tree` in workload.ts writes it. */
function flow (id: string, operations: number): FlowRootParentJob {
  const root = node(1, operations + 2) as FlowRootParentJob
  return { ...root, opts: { ...root.opts, jobId: id } }
}

function node (from: number, to: number): FlowJobNode {
  const middle = (from + to) >> 1
  const sides = [[from, middle], [middle, to]] as const
  const numbers = sides.filter(([low, high]) => high - low === 1).map(([low]) => low)
  const children = sides.filter(([low, high]) => high - low > 1).map(([low, high]) => node(low, high))
  const job = { name: 'add', queueName: QUEUE, data: { numbers }, opts: { removeOnComplete: true } }
  return children.length === 0 ? job : { ...job, children }
}
