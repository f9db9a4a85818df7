import { operationOf } from '../operations.js'
import { type Pass, createBuilder } from './draft.js'
import type { Operand } from './plan.js'

/**
 * Computes equal sub-expressions once: operations are numbered by what they compute (value
 * numbering; Cocke and Schwartz, 1970), so that two are equal when symbol and operands are. Where
 * their order does not matter, `a+b` is `b+a`. Operations are pure, so whatever fails twice fails
 * once as well. What stands at several ranges has the first of them. Linear in time.
 */
export const share: Pass = ({ operations, result }) => {
  const { operations: kept, add } = createBuilder()
  /** What each old operation is now. */
  const renamed: Operand[] = []
  const numbers = new Map<number, number>()
  const known = new Map<string, Map<number, Operand>>()

  function renamedOf (operand: Operand): Operand {
    return typeof operand === 'number' ? operand : renamed[operand.of]!
  }

  /** An integer of its own for each number and each operation: even ones for the one, odd for the other. */
  function identityOf (operand: Operand): number {
    if (typeof operand !== 'number') return 2 * operand.of + 1
    const number = numbers.get(operand) ?? numbers.size
    numbers.set(operand, number)
    return 2 * number
  }

  // At most two numbers for each operation, so twice that many identities of either kind; pairs of
  // them stay exact for 20 million operations.
  const pairs = 4 * operations.length + 2
  for (const { symbol, left, right, timeMs, range } of operations) {
    const seed = { symbol, left: renamedOf(left), right: renamedOf(right), timeMs, range }
    const one = identityOf(seed.left)
    const other = identityOf(seed.right)
    const isExchanged = operationOf(symbol).commutative === true && other < one
    const key = isExchanged ? other * pairs + one : one * pairs + other
    let equals = known.get(symbol)
    if (equals === undefined) known.set(symbol, equals = new Map())
    const operand = equals.get(key) ?? add(seed)
    equals.set(key, operand)
    renamed.push(operand)
  }
  return { operations: kept, result: renamedOf(result) }
}
