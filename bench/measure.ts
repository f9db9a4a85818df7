import type { Options } from './options.js'
import type { Entry } from './table.js'

/** What every measure is given. */
export interface Bench {
  readonly options: Options
  /** A new, empty folder on the disk where the project is; it goes when the benchmark ends. */
  folder (name: string): Promise<string>
  /** Tells whoever watches what is going on. */
  say (message: string): void
  /** Shows a table of the measure's own below the one table. */
  append (title: string, text: string): void
}

/** A part of the benchmark, which can be run alone. */
export interface Measure {
  /** As it is called on the command line. */
  readonly name: string
  readonly about: string
  /** It takes so long that it is run only when it is named. */
  readonly byName?: boolean
  /** @throws when anything fails or a result is wrong: the benchmark then fails as a whole */
  readonly run: (bench: Bench) => Promise<Entry[]>
}
