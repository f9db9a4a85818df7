import type { Options } from './options.js'
import type { Entry } from './table.js'

/** What the benchmark offers to its measures. */
export interface Bench {
  readonly options: Options
  /** A new, empty folder on the project's disk; it is deleted when the benchmark ends. */
  folder (name: string): Promise<string>
  /** Prints progress to stderr. */
  say (message: string): void
  /** Prints an additional table below the main one. */
  append (title: string, text: string): void
}

/** A part of the benchmark that can be run alone. */
export interface Measure {
  /** Its name on the command line. */
  readonly name: string
  readonly about: string
  /** It takes long, and runs only when it is named. */
  readonly byName?: boolean
  /** @throws when anything fails or a result is wrong: the benchmark then fails as a whole */
  readonly run: (bench: Bench) => Promise<Entry[]>
}
