/** Median and range of some runs. */
export interface Figure {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly unit: string
}

export function figure (values: readonly number[], unit: string): Figure {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values), unit }
}

/** @throws RangeError when there are no values */
export function median (values: readonly number[]): number {
  const sorted = ascending(values)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  if (low === undefined || high === undefined) throw new RangeError('No values')
  return (low + high) / 2
}

/** The smallest value that at least the fraction `share` (0 to 1) of all values does not exceed. */
export function quantile (values: readonly number[], share: number): number {
  const value = ascending(values)[Math.max(0, Math.ceil(values.length * share) - 1)]
  if (value === undefined) throw new RangeError('No values')
  return value
}

/**
 * The median of the ratios within each round, which cancels what slows a whole round down.
 */
export function ratioOf (ones: readonly number[], others: readonly number[]): number {
  return median(ones.map((one, round) => one / (others[round] ?? NaN)))
}

/** Runs `act` `times` times, one after the other. */
export async function repeated<T> (times: number, act: () => Promise<T>): Promise<T[]> {
  const values: T[] = []
  while (values.length < times) values.push(await act())
  return values
}

/**
 * Runs all contestants once in each round, so that noise of the machine affects all of them.
 *
 * @returns one value per round for each
 */
export async function inTurn<Name extends string> (
  rounds: number, contestants: Readonly<Record<Name, () => Promise<number>>>
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contestants) as Name[]
  const values = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of names) values[name].push(await contestants[name]())
  }
  return values
}

function ascending (values: readonly number[]): number[] {
  return [...values].sort((one, other) => one - other)
}
