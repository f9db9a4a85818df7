/** Length and number of runs. The only file of the benchmark that reads the environment. */
export interface Options {
  /** Length of one run, in s; runs shorter than 10 s are noisy. */
  readonly seconds: number
  /** Runs of each measure. */
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

/** `size` for runs of full length, less for shorter ones. */
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
