import { type Client, createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { launchServer } from '../server.js'
import { type Figure, figure, median, repeated } from '../statistics.js'
import { type Entry, atMost } from '../table.js'
import { type Problem, products, range, solve, sumOf, tree } from '../workload.js'

/** Operations that take time, and a lower bound of their makespan. */
interface Shape {
  readonly what: string
  readonly problem: Problem
  /** The critical path, or the work divided among all agents, whichever is longer; in ms. */
  readonly boundMs: number
  /** Largest ratio to the bound. */
  readonly target: number
}

const AGENTS = 8

/** Each shape consists of one kind of operation that takes time; the others take none. */
const TIMES = { TIME_ADDITION_MS: 0, TIME_MULTIPLICATIONS_MS: 200, TIME_DIVISIONS_MS: 100 }

const SHAPES: readonly Shape[] = [
  // The design allows a few per cent here: three additions that take no time follow the products.
  { what: '8 products of 200 ms and their sum', problem: products(8), boundMs: 200, target: 1.05 },
  { what: 'full tree of 15 × 100 ms', problem: divisions(15), boundMs: 400, target: 1.02 },
  { what: 'chain of 10 × 100 ms', problem: halvings(10), boundMs: 1000, target: 1.02 },
  { what: '64 × 100 ms side by side', problem: quotients(64), boundMs: 800, target: 1.02 }
]

export const makespan: Measure = {
  name: 'makespan',
  about: `how long ${AGENTS} agents take over operations of 100 and 200 ms, beside the lower bound`,

  async run ({ options, folder }: Bench): Promise<Entry[]> {
    const server = await launchServer({ folder: await folder('makespan'), power: AGENTS, variables: TIMES })
    const client = createClient(server.url, AGENTS)
    const entries: Entry[] = []
    // A warm-up.
    await solve(client, products(AGENTS))
    entries.push(await atWork(client, options.runs), await apart(client, options.runs))
    for (const { what, problem, boundMs, target } of SHAPES) {
      const tookMs = await repeated(options.runs, () => solve(client, problem))
      const ratio = median(tookMs) / boundMs
      entries.push({
        what: `makespan, ${AGENTS} agents: ${what}`,
        measured: figure(tookMs, 'ms'),
        reference: { what: 'critical path or work ÷ agents', figure: exactly(boundMs) },
        ratio,
        target: atMost(ratio, target)
      })
    }
    await client.close()
    await server.stop('SIGKILL')
    return entries
  }
}

/** As many products as agents, by the server's clock: without the time of the client and of the sum. */
async function atWork (client: Client, runs: number): Promise<Entry> {
  const tookMs = await repeated(runs, async () => {
    const id = await client.submit(products(AGENTS).source)
    await client.final(id)
    const steps = (await client.steps(id)).filter(({ operation }) => operation === '*')
    const ends = steps.map(step => Date.parse(step.completed_at!))
    return Math.max(...ends) - Math.min(...steps.map(step => Date.parse(step.claimed_at!)))
  })
  const ratio = median(tookMs) / TIMES.TIME_MULTIPLICATIONS_MS
  return {
    what: `makespan, ${AGENTS} agents: ${AGENTS} products of 200 ms, from the first claim to the last result`,
    measured: figure(tookMs, 'ms'),
    reference: { what: 'critical path or work ÷ agents', figure: exactly(TIMES.TIME_MULTIPLICATIONS_MS) },
    ratio,
    target: atMost(ratio, 1.05)
  }
}

/** As many products as agents, each an expression of its own. */
async function apart (client: Client, runs: number): Promise<Entry> {
  const problems = range(AGENTS).map(at => ({ source: `${at + 2}*${at + 3}`, result: (at + 2) * (at + 3) }))
  const tookMs = await repeated(runs, async () => {
    const began = performance.now()
    await Promise.all(problems.map(problem => solve(client, problem)))
    return performance.now() - began
  })
  const ratio = median(tookMs) / TIMES.TIME_MULTIPLICATIONS_MS
  return {
    what: `makespan, ${AGENTS} agents: ${AGENTS} products of 200 ms, each an expression`,
    measured: figure(tookMs, 'ms'),
    reference: { what: 'critical path or work ÷ agents', figure: exactly(TIMES.TIME_MULTIPLICATIONS_MS) },
    ratio,
    target: atMost(ratio, 1.05)
  }
}

function exactly (ms: number): Figure {
  return figure([ms], 'ms')
}

/** The tree of sums with divisions, which no pass rearranges. */
function divisions (operations: number): Problem {
  return { source: tree(operations).source.replaceAll('+', '/'), result: quotient(1, operations + 2) }
}

/** The result of the tree of divisions over the integers from `from` up to, without, `to`. */
function quotient (from: number, to: number): number {
  if (to - from === 1) return from
  const middle = (from + to) >> 1
  return quotient(from, middle) / quotient(middle, to)
}

function halvings (operations: number): Problem {
  return { source: `1024${'/2'.repeat(operations)}`, result: 1024 / 2 ** operations }
}

function quotients (count: number): Problem {
  return { source: sumOf(range(count).map(at => `${2 * at + 2}/2`)), result: count * (count + 1) / 2 }
}
