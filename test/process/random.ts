/** Numbers that look random and are the same for the same seed, so that a failed run can be repeated. */
export interface Random {
  /** An integer from 0 up to, not including, `limit`. */
  below (limit: number): number
}

/** Mulberry32, by Tommy Ettinger (2017, public domain). */
export function createRandom (seed: number): Random {
  let state = seed >>> 0
  return {
    below (limit) {
      state = (state + 0x6d2b79f5) >>> 0
      let bits = Math.imul(state ^ (state >>> 15), state | 1)
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
      return ((bits ^ (bits >>> 14)) >>> 0) % limit
    }
  }
}

const OPERATIONS: ReadonlyArray<readonly [symbol: string, compute: (one: number, other: number) => number]> = [
  ['+', (one, other) => one + other],
  ['-', (one, other) => one - other],
  ['*', (one, other) => one * other]
]

/** An expression of one to eight operations on small integers, and what it comes to. */
export function randomExpression (random: Random): { source: string, value: number } {
  let parts = Array.from({ length: 2 + random.below(8) }, () => {
    const value = random.below(10)
    return { source: String(value), value }
  })
  while (parts.length > 1) {
    const place = random.below(parts.length - 1)
    const [left, right] = [parts[place]!, parts[place + 1]!]
    const [symbol, compute] = OPERATIONS[random.below(OPERATIONS.length)]!
    const joined = { source: `(${left.source}${symbol}${right.source})`, value: compute(left.value, right.value) }
    parts = [...parts.slice(0, place), joined, ...parts.slice(place + 2)]
  }
  // A product of 0 and a negative number is 0 here, and never −0.
  return { source: parts[0]!.source, value: parts[0]!.value + 0 }
}
