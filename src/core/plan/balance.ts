import type { Times } from './draft.js'

/** What a chain consists of: values that are added or subtracted, or multiplied. */
export interface Terms {
  /** When each is known, in ms from the start. */
  readonly finish: readonly number[]
  /** Whether each is subtracted; never all of them. */
  readonly negative: readonly boolean[]
}

/** A tree over terms. Its nodes are numbered: first the terms, then the joints in dependency order. */
export interface Tree {
  readonly joints: ReadonlyArray<{ readonly symbol: string, readonly left: number, readonly right: number }>
  /** When the last joint is done, in ms from the start. */
  readonly finishMs: number
  /** The sum of the joints' times, in ms. */
  readonly workMs: number
}

/**
 * Which two to join next. `earliest`: the two that are known first, whatever they are, which is
 * optimal where all joints take the same time (Golumbic, 1976). `grouped`: all that is subtracted
 * is added up first, so that there is one subtraction. `single`: each is subtracted by itself, so
 * that there are as many subtractions as there can be.
 */
export type Rule = 'earliest' | 'grouped' | 'single'

/** Numbers of nodes in the order in which they are known. */
interface Queue {
  readonly nodes: number[]
  head: number
}

/**
 * Joins the terms of a sum (`symbol` is `+`) or a product (`*`). n log n in time.
 *
 * No heap: what is joined later is known later, among the joints of one kind, so that a few queues
 * stay in order by themselves.
 */
export function balance ({ finish: known, negative }: Terms, symbol: '+' | '*', rule: Rule, times: Times): Tree {
  const finish = [...known]
  const isNegative = [...negative]
  const joints: Array<Tree['joints'][number]> = []
  let workMs = 0
  const order = known.map((_, node) => node).sort((one, other) => known[one]! - known[other]! || one - other)
  const terms = (sign: boolean): Queue => ({ nodes: order.filter(node => negative[node] === sign), head: 0 })
  const none = (): Queue => ({ nodes: [], head: 0 })
  const sums = none()
  const negativeSums = none()
  const differences = none()
  const minus = [terms(true), negativeSums]
  const plus = [terms(false), sums, differences]
  const all = [...plus, ...minus]

  function sizeOf (queues: readonly Queue[]): number {
    return queues.reduce((size, { nodes, head }) => size + nodes.length - head, 0)
  }

  function take (queues: readonly Queue[]): number {
    let earliest: Queue | undefined
    for (const queue of queues) {
      const node = queue.nodes[queue.head]
      if (node === undefined) continue
      if (earliest === undefined || isBefore(node, earliest.nodes[earliest.head]!)) earliest = queue
    }
    return earliest!.nodes[earliest!.head++]!
  }

  function isBefore (one: number, other: number): boolean {
    return finish[one]! < finish[other]! || (finish[one] === finish[other] && one < other)
  }

  function join (one: number, other: number): void {
    const differ = isNegative[one] !== isNegative[other]
    const joint = {
      symbol: differ ? '-' : symbol,
      left: isNegative[one] && differ ? other : one,
      right: isNegative[one] && differ ? one : other
    }
    joints.push(joint)
    const timeMs = times.get(joint.symbol) ?? 0
    workMs += timeMs
    const negativeSum = isNegative[one] === true && !differ
    isNegative.push(negativeSum)
    const node = finish.push(Math.max(finish[one]!, finish[other]!) + timeMs) - 1
    const queue = differ ? differences : negativeSum ? negativeSums : sums
    queue.nodes.push(node)
  }

  if (rule === 'grouped') while (sizeOf(minus) > 1) join(take(minus), take(minus))
  if (rule === 'grouped') while (sizeOf(plus) > 1) join(take(plus), take(plus))
  for (let left = sizeOf(all); left > 1; left--) {
    const one = take(all)
    join(one, take(rule === 'single' && isNegative[one] ? plus : all))
  }
  return { joints, finishMs: finish.at(-1)!, workMs }
}
