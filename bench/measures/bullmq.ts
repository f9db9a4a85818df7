import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { scaled } from '../options.js'
import { type Flows, onRedis, startFlows } from '../references/bullmq.js'
import { type Appendfsync, findRedis, startRedis } from '../references/redis.js'
import { launchServer } from '../server.js'
import { figure, inTurn, median, ratioOf, repeated } from '../statistics.js'
import { type Entry, atLeast } from '../table.js'
import { range, rate, solve, tree } from '../workload.js'
import { operationsPerSecond, warmUp } from './throughput.js'

export const CONCURRENCY = 8

/** Operations of a tree, and trees at once: as much work as the batches of the throughput measure. */
export const OPERATIONS = 15
export const TREES = 107

/** Pause between two flows on an otherwise idle queue, in ms. */
const PAUSE_MS = 5

/** The target is for the durable mode; the other may lose the last second. */
const MODES: ReadonlyArray<{ readonly mode: Appendfsync, readonly factor?: number }> = [
  { mode: 'always', factor: 5 }, { mode: 'everysec' }
]

export const bullmq: Measure = {
  name: 'bullmq',
  about: `trees of ${OPERATIONS} operations beside BullMQ flows of ${OPERATIONS} jobs, on Redis`,

  async run (bench: Bench): Promise<Entry[]> {
    const program = findRedis()
    return program === null
      ? [{ what: 'BullMQ on Redis', skipped: 'no redis-server on the PATH' }]
      : compare(bench, program)
  }
}

async function compare (bench: Bench, program: string): Promise<Entry[]> {
  const { runs } = bench.options
  const trees = range(TREES).map(() => tree(OPERATIONS))
  const withFlows = <T>(mode: Appendfsync, act: (flows: Flows) => Promise<T>): Promise<T> =>
    onFlows(bench, program, mode, act)

  const rates = await inTurn(runs, {
    longhand: () => operationsPerSecond(bench, trees),
    always: () => withFlows('always', flows => jobsPerSecond(bench, flows)),
    everysec: () => withFlows('everysec', flows => jobsPerSecond(bench, flows))
  })
  const delays = await inTurn(runs, {
    longhand: () => delayOfTree(bench),
    always: () => withFlows('always', flows => delay(bench, () => timed(() => flows.run(1, OPERATIONS)))),
    everysec: () => withFlows('everysec', flows => delay(bench, () => timed(() => flows.run(1, OPERATIONS))))
  })
  return [
    ...MODES.map(({ mode, factor }) => {
      const ratio = ratioOf(rates.longhand, rates[mode])
      return {
        what: `throughput: ${TREES} trees of ${OPERATIONS} repeatedly, ${CONCURRENCY} agents`,
        measured: figure(rates.longhand, 'ops/s'),
        reference: { what: `BullMQ flows, appendfsync ${mode}`, figure: figure(rates[mode], 'jobs/s') },
        ratio,
        target: factor === undefined ? undefined : atLeast(ratio, factor, '×')
      }
    }),
    ...MODES.map(({ mode }) => ({
      what: `latency, idle, one tree of ${OPERATIONS}: median`,
      measured: figure(delays.longhand, 'ms'),
      reference: { what: `BullMQ flow, appendfsync ${mode}`, figure: figure(delays[mode], 'ms') },
      ratio: ratioOf(delays.longhand, delays[mode])
    }))
  ]
}

/** Runs `act` on a fresh Redis. */
async function onFlows<T> (
  { folder }: Bench, program: string, mode: Appendfsync, act: (flows: Flows) => Promise<T>
): Promise<T> {
  const redis = await startRedis(program, await folder('redis'), mode)
  const flows = await startFlows(onRedis(redis.port), CONCURRENCY)
  try {
    return await act(flows)
  } finally {
    // Before Redis stops: BullMQ would wait for its return.
    await flows.close()
    await redis.stop()
  }
}

/** @param warmUpSeconds before the run, in s */
export async function jobsPerSecond (
  { options: { seconds } }: Bench, flows: Flows, warmUpSeconds = warmUp(seconds)
): Promise<number> {
  const act = (): Promise<number> => flows.run(TREES, OPERATIONS)
  await rate(warmUpSeconds, act)
  return rate(seconds, act)
}

async function delayOfTree (bench: Bench): Promise<number> {
  const server = await launchServer({ folder: await bench.folder('delay'), power: CONCURRENCY })
  const client = createClient(server.url)
  const value = await delay(bench, () => solve(client, tree(OPERATIONS)))
  await client.close()
  await server.stop('SIGKILL')
  return value
}

/** The median of many calls in turn, after as many for warming up. */
async function delay ({ options }: Bench, act: () => Promise<number>): Promise<number> {
  const count = scaled(options, 200)
  const values = await repeated(2 * count, async () => {
    await sleep(PAUSE_MS)
    return act()
  })
  return median(values.slice(count))
}

async function timed (act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}
