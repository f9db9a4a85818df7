import type { Operand, OperationSeed } from './plan.js'

/** 2^53: below it every integer is a double, and sums and products of integers are exact. */
export const EXACT_BELOW = 2 ** 53

/**
 * For each operation a bound of its magnitude, if that proves it to be an integer which is computed
 * without rounding: then, and only then, it is below `EXACT_BELOW`. The result lies in
 * [−bound, bound], and 0 lies in it, for what is added up may cancel out.
 *
 * The bound of a sum or a difference is the sum of its operands' bounds, so that in a chain of
 * them each occurrence counts. That of a product is the product of them, none taken as less than
 * 1: in `0*1e300*1e300` the 0 would hide that the rest overflows when it is computed first.
 * Nothing else is proved, and numbers that are no integers prove nothing.
 *
 * No tighter bounds, although all numbers are known: intervals of single numbers would come to the
 * result itself, and working that out is what the agents are for.
 */
export function boundsOf (operations: readonly OperationSeed[]): Float64Array {
  const bounds = new Float64Array(operations.length)
  function boundOf (operand: Operand): number {
    if (typeof operand !== 'number') return bounds[operand.of]!
    return Number.isInteger(operand) ? Math.abs(operand) : Infinity
  }
  operations.forEach(({ symbol, left, right }, index) => {
    switch (symbol) {
      case '+':
      case '-':
        bounds[index] = boundOf(left) + boundOf(right)
        break
      case '*':
        bounds[index] = Math.max(1, boundOf(left)) * Math.max(1, boundOf(right))
        break
      default:
        bounds[index] = Infinity
    }
  })
  return bounds
}
