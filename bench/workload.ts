import type { Client, Listed } from './client.js'

/** An expression and its result. */
export interface Problem {
  readonly source: string
  readonly result: number
}

export const SHORT: Problem = { source: '2+2*2', result: 6 }

/** Eight operations, of which at most two can run at once. */
export const MIXED: Problem = { source: '1+2*3-4+5*6-7+8-9', result: 25 }

/** The design's workload: many small expressions at once. */
export const MANY_MIXED: readonly Problem[] = range(200).map(() => MIXED)

/**
 * Additions as a balanced tree, in parentheses. Its leaves are all different, so that no two sub-expressions are equal.
 */
export function tree (operations: number): Problem {
  const count = operations + 1
  return { source: sumOf(range(count).map(at => String(at + 1))), result: count * (count + 1) / 2 }
}

/** The sum of the terms as a balanced tree, so that the additions do not become the critical path. */
export function sumOf (terms: readonly string[]): string {
  if (terms.length === 1) return terms[0]!
  const middle = terms.length >> 1
  return `(${sumOf(terms.slice(0, middle))}+${sumOf(terms.slice(middle))})`
}

/** Products that do not depend on each other, and their sum. */
export function products (count: number): Problem {
  const factors = range(count).map(at => [2 * at + 1, 2 * at + 2] as const)
  return {
    source: sumOf(factors.map(([one, other]) => `${one}*${other}`)),
    result: factors.reduce((sum, [one, other]) => sum + one * other, 0)
  }
}

/** 0 to `count` − 1. */
export function range (count: number): number[] {
  return Array.from({ length: count }, (_, at) => at)
}

/** @throws when the result is not the expected one */
export function check ({ source, result }: Problem, shown: Listed): void {
  if (shown.status === 'completed' && shown.result === result) return
  const short = source.length > 60 ? `${source.slice(0, 60)}…` : source
  throw new Error(`Expression ${shown.id}, ${short}, is ${shown.status} with ${shown.result}, expected ${result}`)
}

/**
 * From the submit to the final answer, in ms.
 *
 * @param submitted receives its id
 */
export async function solve (
  client: Client, problem: Problem, submitted: (id: number) => void = () => {}
): Promise<number> {
  const began = performance.now()
  const id = await client.submit(problem.source)
  submitted(id)
  const shown = await client.final(id)
  const tookMs = performance.now() - began
  check(problem, shown)
  return tookMs
}

/**
 * Submits all problems at once and waits until all are final and checked. No other client may submit meanwhile, and all
 * problems must have the same number of operations.
 *
 * @returns the number of operations in all
 */
export async function solveAll (client: Client, problems: readonly Problem[]): Promise<number> {
  const ids = await Promise.all(problems.map(({ source }) => client.submit(source)))
  const problemOf = new Map(ids.map((id, at) => [id, problems[at]!]))
  const first = Math.min(...ids)
  const last = await client.final(Math.max(...ids))
  for (;;) {
    const shown = await client.list(first - 1, ids.length)
    const open = shown.find(({ status }) => status === 'pending' || status === 'in_progress')
    if (open !== undefined) {
      await client.final(open.id)
      continue
    }
    if (shown.length !== ids.length) throw new Error(`${ids.length} were submitted, ${shown.length} are listed`)
    for (const expression of shown) {
      const problem = problemOf.get(expression.id)
      if (problem === undefined) throw new Error(`Expression ${expression.id} was never submitted`)
      check(problem, expression)
    }
    return last.operations.total * ids.length
  }
}

/**
 * Runs `act` repeatedly for `seconds`, one call after the other.
 *
 * @param act answers an amount
 * @returns the amount per second
 */
export async function rate (seconds: number, act: () => Promise<number>): Promise<number> {
  const began = performance.now()
  let done = 0
  let tookMs = 0
  while (tookMs < seconds * 1000) {
    done += await act()
    tookMs = performance.now() - began
  }
  return done / tookMs * 1000
}
