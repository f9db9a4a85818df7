import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Measure } from '../measure.js'
import { type Server, launchServer } from '../server.js'
import { figure, median, repeated } from '../statistics.js'
import { type Entry, atMost } from '../table.js'

const SLOTS = 1_000

const MB = 1024 * 1024

interface Use {
  /** Percent of one core. */
  readonly percent: number
  readonly megabytes: number
}

export const idle: Measure = {
  name: 'idle',
  about: `what a server with ${SLOTS} agents uses while it is idle`,

  async run ({ options: { runs, seconds }, folder }: Bench): Promise<Entry[]> {
    const launchIdle = async (power: number): Promise<Server> =>
      launchServer({ folder: await folder('idle'), power, probed: true })
    const servers = [await launchIdle(SLOTS), await launchIdle(0)]
    await sleep(seconds * 1000)
    // A claim waits for up to 50 s and is then repeated; a run of full length sees each repeated once.
    const windowMs = 5 * seconds * 1000
    const uses = await repeated(runs, () => Promise.all(servers.map(server => use(server, windowMs))))
    await Promise.all(servers.map(server => server.stop('SIGKILL')))

    const percents = (at: number): number[] => uses.map(pair => pair[at]!.percent)
    const megabytes = (at: number): number[] => uses.map(pair => pair[at]!.megabytes)
    return [
      {
        what: `${SLOTS.toLocaleString('en-US')} idle agent slots: processor`,
        measured: figure(percents(0), '% of a core'),
        reference: { what: 'server without agents', figure: figure(percents(1), '% of a core') },
        target: atMost(median(percents(0)), 2, '%')
      },
      {
        what: `${SLOTS.toLocaleString('en-US')} idle agent slots: memory`,
        measured: figure(megabytes(0), 'MB'),
        reference: { what: 'server without agents', figure: figure(megabytes(1), 'MB') },
        ratio: median(megabytes(0)) / median(megabytes(1)),
        target: atMost(Math.max(...megabytes(0)), 400, 'MB')
      }
    ]
  }
}

async function use (server: Server, windowMs: number): Promise<Use> {
  const before = await server.ask('usage')
  const began = performance.now()
  await sleep(windowMs)
  const after = await server.ask('usage')
  const percent = (after.cpuMs - before.cpuMs) / (performance.now() - began) * 100
  return { percent, megabytes: after.rssBytes / MB }
}
