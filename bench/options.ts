/** How long and how often to measure. The only file of the benchmark that reads the environment. */
export interface Options {
  /** Length of one run, in s; shorter runs are for trying the benchmark out, and are noisy. */
  readonly seconds: number
  /** Runs of each figure. */
  readonly runs: number
  /** Length of the soak, in minutes. */
  readonly soakMinutes: number
}

/** @throws Error for a value that is not a positive number */
export function readOptions (): Options {
  return {
    seconds: positive('BENCH_SECONDS', 10),
    runs: Math.ceil(positive('BENCH_RUNS', 5)),
    soakMinutes: positive('SOAK_MINUTES', 10)
  }
}

/** A size that belongs to runs of full length, made smaller for short ones. */
export function scaled ({ seconds }: Options, size: number): number {
  return Math.ceil(size * Math.min(1, seconds / 10))
}

function positive (name: string, byDefault: number): number {
  const text = process.env[name]
  if (text === undefined || text === '') return byDefault
  const value = Number(text)
  if (!(value > 0 && value < Infinity)) throw new Error(`${name} is "${text}"; allowed: a number above 0`)
  return value
}
