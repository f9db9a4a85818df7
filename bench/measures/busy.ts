import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { launchAgents, launchServer } from '../server.js'
import { figure, median, repeated } from '../statistics.js'
import type { Entry } from '../table.js'
import { products, range, solve } from '../workload.js'

/** Slots, and the number of agent processes that they are divided into to compare their shares. */
const SLOTS = 1_000
const PROCESSES = 4

/** Operations for each slot, and the time of each. */
const ROUNDS = 10
const TIME_MS = 500

/** The number of expressions that the operations belong to, all submitted at once. */
const EXPRESSIONS = 100

const MB = 1024 * 1024

interface Round {
  readonly tookMs: number
  readonly percent: number
  readonly megabytes: number
  /** When the first expression was final, as a fraction of the time until the last was. */
  readonly earliest: number
  /** Largest to smallest number of operations that an agent process completed. */
  readonly shares: number
}

export const busy: Measure = {
  name: 'busy',
  about: `${SLOTS} agents at work: cost and fairness`,

  async run (bench: Bench): Promise<Entry[]> {
    const rounds = await repeated(bench.options.runs, () => round(bench))
    const slots = `${SLOTS.toLocaleString('en-US')} busy agent slots, ${TIME_MS} ms an operation`
    const bound = { what: 'work ÷ agents', figure: figure([ROUNDS * TIME_MS], 'ms') }
    const took = rounds.map(({ tookMs }) => tookMs)
    return [
      {
        what: `${slots}: makespan`,
        measured: figure(took, 'ms'),
        reference: bound,
        ratio: median(took) / bound.figure.median
      },
      { what: `${slots}: processor, server`, measured: figure(rounds.map(({ percent }) => percent), '% of a core') },
      { what: `${slots}: memory, server`, measured: figure(rounds.map(({ megabytes }) => megabytes), 'MB') },
      {
        what: `${slots}: first of ${EXPRESSIONS} expressions final, relative to the last`,
        measured: figure(rounds.map(({ earliest }) => earliest), '')
      },
      {
        what: `${slots}: most to least operations, ${PROCESSES} processes`,
        measured: figure(rounds.map(({ shares }) => shares), '')
      }
    ]
  }
}

async function round ({ folder }: Bench): Promise<Round> {
  const server = await launchServer({
    folder: await folder('busy'), power: 0, probed: true, variables: { TIME_MULTIPLICATIONS_MS: TIME_MS }
  })
  const client = createClient(server.url, EXPRESSIONS)
  const agents = range(PROCESSES).map(at => launchAgents(server.url, `agents-${at + 1}`, SLOTS / PROCESSES))
  await until(async () => (await client.agents()).reduce((sum, { waiting }) => sum + waiting, 0) === SLOTS)

  const problem = products(SLOTS * ROUNDS / EXPRESSIONS)
  const before = await server.ask('usage')
  const began = performance.now()
  const doneMs = await Promise.all(range(EXPRESSIONS).map(async () => {
    await solve(client, problem)
    return performance.now() - began
  }))
  const tookMs = Math.max(...doneMs)
  const after = await server.ask('usage')
  const completed = (await client.agents()).map(worker => worker.completed)
  await client.close()
  await Promise.all([...agents, server].map(launched => launched.stop('SIGKILL')))
  return {
    tookMs,
    percent: (after.cpuMs - before.cpuMs) / tookMs * 100,
    megabytes: after.rssBytes / MB,
    earliest: Math.min(...doneMs) / tookMs,
    shares: Math.max(...completed) / Math.min(...completed)
  }
}

/** Polls, because agents take a moment to start. */
async function until (isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise(resolve => setTimeout(resolve, 100))
}
