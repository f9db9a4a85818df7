import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { scaled } from '../options.js'
import { type Server, launchReference, launchServer } from '../server.js'
import { figure, median, quantile, ratioOf, repeated } from '../statistics.js'
import { type Entry, type Target, atMost } from '../table.js'
import { SHORT, solve, tree } from '../workload.js'

/** Pause between two requests, in ms: long enough for the agents to wait again. */
const PAUSE_MS = 5

const SHAPES = [
  { what: SHORT.source, problem: SHORT, targetMs: 1.5 },
  { what: 'full tree of 15', problem: tree(15), targetMs: 2.5 }
]

export const latency: Measure = {
  name: 'latency',
  about: 'POST to final answer by ?wait on an idle server, when operations take no time',

  async run ({ options, folder }: Bench): Promise<Entry[]> {
    const servers = [
      await launchServer({ folder: await folder('latency'), power: 8 }), await launchReference('references/fastify.js')
    ] as const
    const [client, bare] = servers.map(({ url }) => createClient(url)) as [Client, Client]
    const count = scaled(options, 400)
    const entries: Entry[] = []
    for (const { what, problem, targetMs } of SHAPES) {
      const sampleOurs = (): Promise<number[]> => sample(count, () => solve(client, problem))
      const sampleTheirs = (): Promise<number[]> => sample(count, () => roundTrip(bare))
      const round = async () => ({ ours: await sampleOurs(), theirs: await sampleTheirs() })
      // The first round is a warm-up.
      const [, ...rounds] = await repeated(1 + options.runs, round)
      const row = (name: string, of: (values: number[]) => number, target?: (ms: number) => Target): Entry => {
        const mine = rounds.map(({ ours }) => of(ours))
        const bares = rounds.map(({ theirs }) => of(theirs))
        return {
          what: `latency, idle server, ${what}: ${name}`,
          measured: figure(mine, 'ms'),
          reference: { what: 'bare Fastify, POST and GET', figure: figure(bares, 'ms') },
          ratio: ratioOf(mine, bares),
          target: target?.(median(mine))
        }
      }
      entries.push(
        row('median', median, ms => atMost(ms, targetMs, 'ms')),
        row('p99', values => quantile(values, 0.99))
      )
    }
    await Promise.all([client.close(), bare.close()])
    await Promise.all(servers.map((server: Server) => server.stop('SIGKILL')))
    return entries
  }
}

/** The time of the two requests with nothing behind them. */
async function roundTrip (client: Client): Promise<number> {
  const began = performance.now()
  await client.find(await client.submit(SHORT.source))
  return performance.now() - began
}

function sample (count: number, act: () => Promise<number>): Promise<number[]> {
  return repeated(count, async () => {
    await sleep(PAUSE_MS)
    return act()
  })
}
