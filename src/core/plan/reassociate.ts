import type { SourceRange } from '../language/syntax.js'
import { type Rule, type Tree, balance } from './balance.js'
import { type Pass, type Times, createBuilder } from './draft.js'
import { EXACT_BELOW, boundsOf } from './integers.js'
import type { Operand, OperationSeed } from './plan.js'

type Family = '+' | '*'

/** Operations of one family that only hand their results on within it, and what they join. */
interface Chain {
  /** All operations but the last, in dependency order. */
  readonly inner: readonly number[]
  readonly terms: readonly Operand[]
  readonly negative: readonly boolean[]
}

/**
 * Makes trees of chains: `1+2+3+4` becomes `(1+2)+(3+4)`, which two agents can share. Rounding
 * makes that another result, so it is done only where nothing is rounded: all that a chain joins is
 * proved to be integers, and the sum or the product of their magnitudes to stay below 2^53. Then
 * every order has the same result, and none fails.
 *
 * Whatever is known first is joined first. The new form is taken only if it is done earlier and its
 * work is not more: `a-(b+c)` has other operations than `a-b-c`, and they may take other times. What
 * is used more than once stays as it is; no operation is done twice for it. Operations of the new
 * form have no place of their own in the text: each has the span from the first sign of the chain
 * to the last. n log n in time.
 */
export const reassociate: Pass = ({ operations, result }, times) => {
  const families = familiesOf(operations)
  const isInner = innerOf(operations, result, families)
  const { operations: made, add } = createBuilder()
  /** What each old operation is now, and when it is known, in ms from the start. */
  const renamed: Operand[] = new Array(operations.length)
  const finish = new Float64Array(operations.length)

  function finishOf (operand: Operand): number {
    return typeof operand === 'number' ? 0 : finish[operand.of]!
  }

  function renamedOf (operand: Operand): Operand {
    return typeof operand === 'number' ? operand : renamed[operand.of]!
  }

  function keep (index: number): void {
    const { symbol, left, right, timeMs, range } = operations[index]!
    renamed[index] = add({ symbol, left: renamedOf(left), right: renamedOf(right), timeMs, range })
  }

  function rebuild (index: number, { inner, terms }: Chain, { joints, finishMs }: Tree): void {
    const nodes = terms.map(renamedOf)
    const range = spanOf([...inner, index].map(each => operations[each]!))
    for (const { symbol, left, right } of joints) {
      nodes.push(add({ symbol, left: nodes[left]!, right: nodes[right]!, timeMs: times.get(symbol) ?? 0, range }))
    }
    renamed[index] = nodes.at(-1)!
    finish[index] = finishMs
  }

  operations.forEach(({ left, right, timeMs }, index) => {
    finish[index] = Math.max(finishOf(left), finishOf(right)) + timeMs
    if (isInner[index] === 1) return
    const family = families[index]
    if (family == null) return keep(index)
    const chain = chainOf(operations, index, isInner)
    const all = [...chain.inner, index]
    const workMs = all.reduce((sum, each) => sum + operations[each]!.timeMs, 0)
    const tree = chain.inner.length === 0
      ? undefined
      : bestTree({ finish: chain.terms.map(finishOf), negative: chain.negative }, family, times, workMs)
    if (tree !== undefined && tree.finishMs < finish[index]!) rebuild(index, chain, tree)
    else all.forEach(keep)
  })
  return { operations: made, result: renamedOf(result) }
}

/** Which operations may be joined in any order, and with which; null for the others. */
function familiesOf (operations: readonly OperationSeed[]): Array<Family | null> {
  const bounds = boundsOf(operations)
  return operations.map(({ symbol }, index) => {
    if (bounds[index]! >= EXACT_BELOW) return null
    return symbol === '*' ? '*' : '+'
  })
}

/** 1 for each operation whose result only one operation takes, one of the same family. */
function innerOf (
  operations: readonly OperationSeed[], result: Operand, families: ReadonlyArray<Family | null>
): Uint8Array {
  const uses = new Uint8Array(operations.length)
  const isInner = new Uint8Array(operations.length)
  const use = (operand: Operand, family: Family | null): void => {
    if (typeof operand === 'number') return
    const { of } = operand
    uses[of] = Math.min(2, uses[of]! + 1)
    isInner[of] = Number(uses[of] === 1 && family !== null && families[of] === family)
  }
  operations.forEach(({ left, right }, index) => {
    use(left, families[index]!)
    use(right, families[index]!)
  })
  use(result, null)
  return isInner
}

/** The chain that ends with an operation; its terms from left to right. */
function chainOf (operations: readonly OperationSeed[], last: number, isInner: Uint8Array): Chain {
  const inner: number[] = []
  const terms: Operand[] = []
  const negative: boolean[] = []
  const rest: Array<{ readonly operand: Operand, readonly isNegative: boolean }> =
    [{ operand: { of: last }, isNegative: false }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { operand, isNegative } = next
    if (typeof operand === 'number' || (operand.of !== last && isInner[operand.of] === 0)) {
      terms.push(operand)
      negative.push(isNegative)
      continue
    }
    if (operand.of !== last) inner.push(operand.of)
    const { symbol, left, right } = operations[operand.of]!
    rest.push({ operand: right, isNegative: symbol === '-' ? !isNegative : isNegative }, { operand: left, isNegative })
  }
  return { inner: inner.sort((one, other) => one - other), terms, negative }
}

/** From the first of their ranges to the end of the last; undefined where one has none. */
function spanOf (chain: readonly OperationSeed[]): SourceRange | undefined {
  let start = Infinity
  let end = 0
  for (const { range } of chain) {
    if (range === undefined) return undefined
    start = Math.min(start, range.position)
    end = Math.max(end, range.position + range.length)
  }
  return { position: start, length: end - start }
}

/** The tree that is done first, of those with at most so much work; undefined if there is none. */
function bestTree (
  terms: Parameters<typeof balance>[0], family: Family, times: Times, mostWorkMs: number
): Tree | undefined {
  const hasChoice = terms.negative.includes(true) && times.get('+') !== times.get('-')
  const rules: readonly Rule[] = hasChoice ? ['earliest', 'grouped', 'single'] : ['earliest']
  return rules.map(rule => balance(terms, family, rule, times))
    .filter(({ workMs }) => workMs <= mostWorkMs)
    .sort((one, other) => one.finishMs - other.finishMs || one.workMs - other.workMs)[0]
}
