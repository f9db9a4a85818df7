import { join } from 'node:path'
import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { runLoops } from '../references/loop.js'
import { launchReference, launchServer } from '../server.js'
import { figure, inTurn, median, ratioOf } from '../statistics.js'
import { type Entry, atLeast, both } from '../table.js'
import { MANY_MIXED, MIXED, type Problem, rate, solveAll } from '../workload.js'

const AGENTS = 8

/** Enough for all submits of a round at once. */
const CONNECTIONS = 100

export const throughput: Measure = {
  name: 'throughput',
  about: 'operations per second when they take no time, durable, beside the bare durable worker loop',

  async run (bench: Bench): Promise<Entry[]> {
    const { options: { runs, seconds } } = bench
    const { longhand, loop } = await inTurn(runs, {
      longhand: () => operationsPerSecond(bench, MANY_MIXED),
      loop: () => tasksPerSecond(bench)
    })
    const ratio = ratioOf(longhand, loop)
    return [{
      what: `throughput: 200 × ${MIXED.source} repeatedly, ${seconds} s, ${AGENTS} agents`,
      measured: figure(longhand, 'ops/s'),
      reference: { what: 'bare loop, one call a task, fdatasync', figure: figure(loop, 'tasks/s') },
      ratio,
      target: both(atLeast(median(longhand), 20_000, 'ops/s'), atLeast(ratio, 2, '×'))
    }]
  }
}

/** Throughput of a fresh server with eight agents of its own on the problems. */
export async function operationsPerSecond (
  { options: { seconds }, folder }: Bench, problems: readonly Problem[]
): Promise<number> {
  const server = await launchServer({ folder: await folder('throughput'), power: AGENTS })
  const client = createClient(server.url, CONNECTIONS)
  const act = (): Promise<number> => solveAll(client, problems)
  await rate(warmUp(seconds), act)
  const perSecond = await rate(seconds, act)
  await client.close()
  await server.stop('SIGKILL')
  return perSecond
}

async function tasksPerSecond ({ options: { seconds }, folder }: Bench): Promise<number> {
  const orchestrator = await launchReference('references/orchestrator.js', [join(await folder('loop'), 'results')])
  await runLoops(orchestrator.url, AGENTS, warmUp(seconds))
  const perSecond = await runLoops(orchestrator.url, AGENTS, seconds)
  await orchestrator.stop('SIGKILL')
  return perSecond
}

/** How long a process runs before it is measured, in s: V8 has compiled its code by then. */
export function warmUp (seconds: number): number {
  return seconds / 4
}
