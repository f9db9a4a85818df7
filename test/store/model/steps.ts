import fc from 'fast-check'
import { BASIC_SYMBOLS } from '../../../src/core/operations.js'
import type { Claim, ListQuery } from '../../../src/core/store.js'

/** What a random test does with a store. What a step picks, it picks among what exists by then. */
export type Step =
  | Submit
  | { readonly do: 'admit', readonly operations: number }
  | { readonly do: 'findByKey', readonly key: number, readonly body: number }
  | { readonly do: 'claim', readonly claim: Claim }
  | { readonly do: 'report', readonly reports: readonly PickedReport[], readonly next: Claim | null }
  | { readonly do: 'renew' | 'release' | 'check', readonly leases: readonly PickedLease[] }
  | { readonly do: 'expire' }
  | { readonly do: 'cancel' | 'retrieve', readonly pick: number }
  | { readonly do: 'list', readonly query: ListQuery }
  | { readonly do: 'advance' | 'jump', readonly ms: number }
  /** All in the same turn of the event loop. */
  | { readonly do: 'together', readonly steps: readonly Step[] }
  /** Closes the store and opens it again. */
  | { readonly do: 'restart' }
  | Crash
  /** The disk refuses writes during the step `during`, after so many bytes. */
  | { readonly do: 'fault', readonly during: Step, readonly written: number }

interface Submit {
  readonly do: 'submit'
  readonly source: string
  readonly timeMs: number
  readonly key: number | null
  readonly body: number
}

/** The process is killed, or the power fails, after this number of disk steps into the step `during`. */
export interface Crash {
  readonly do: 'crash'
  readonly how: 'kill' | 'power'
  readonly during: Step
  readonly after: number
  /** Of the bytes of the write that is under way then. */
  readonly share: number
  readonly seed: number
}

/** A task, of all or of those at work, and one of its tokens: the newest, its first, one of another store, or none. */
export interface PickedLease {
  readonly task: number
  readonly among: 'all' | 'leased' | 'overdue'
  readonly lease: 'current' | 'stale' | 'foreign' | 'none'
}

export interface PickedReport extends PickedLease {
  readonly content: 'right' | 'zero' | 'huge' | 'final error' | 'retryable error'
  /** How often it is sent, one after the other. */
  readonly times: number
}

/** Enough for everything that a store decides. */
const SYMBOLS = [...BASIC_SYMBOLS]

const sources: fc.Arbitrary<string> = fc.letrec<{ source: string }>(tie => ({
  source: fc.oneof({ maxDepth: 3 },
    fc.constantFrom('0', '1', '2', '3', '7', '1e308'),
    {
      weight: 3,
      arbitrary: fc.tuple(tie('source'), fc.constantFrom(...SYMBOLS), tie('source'))
        .map(([one, symbol, other]) => `(${one}${symbol}${other})`)
    })
})).source

const claims: fc.Arbitrary<Claim> = fc.record({
  agent: fc.constantFrom('one', 'other', null),
  local: fc.boolean(),
  symbols: fc.oneof({ weight: 3, arbitrary: fc.constant(SYMBOLS) }, fc.subarray(SYMBOLS)),
  max: fc.integer({ min: 1, max: 4 }),
  batchMs: fc.constantFrom(0, 150, 800, 1e9, 1e9)
})

const leases = {
  task: fc.nat(1_000),
  among: fc.constantFrom<PickedLease['among']>('all', 'leased', 'leased', 'overdue'),
  lease: fc.constantFrom<PickedLease['lease']>('current', 'current', 'current', 'current', 'stale', 'none', 'foreign')
}

const reports: fc.Arbitrary<PickedReport> = fc.record({
  ...leases,
  content: fc.constantFrom<PickedReport['content']>(
    'right', 'right', 'right', 'right', 'zero', 'huge', 'final error', 'retryable error'),
  times: fc.constantFrom(1, 1, 1, 2)
})

const does = <Verb extends string>(...verbs: Verb[]): fc.Arbitrary<Verb> => fc.constantFrom(...verbs)

const verbs: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: does('submit'),
      source: sources,
      timeMs: fc.constantFrom(0, 100, 700),
      key: fc.option(fc.nat(3), { freq: 2 }),
      body: fc.integer({ min: 0, max: 9 }).map(body => body === 9 ? 1 : 0)
    })
  },
  { weight: 7, arbitrary: fc.record({ do: does('claim'), claim: claims }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: does('report'), reports: fc.array(reports, { maxLength: 3 }), next: fc.option(claims, { freq: 2 })
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: does('renew', 'release', 'check'), leases: fc.array(fc.record(leases), { maxLength: 2 })
    })
  },
  { weight: 1, arbitrary: fc.record({ do: does('admit'), operations: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: does('findByKey'), key: fc.nat(4), body: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 4, arbitrary: fc.record({ do: does('expire') }) },
  { weight: 2, arbitrary: fc.record({ do: does('cancel', 'retrieve'), pick: fc.nat(1_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: does('list'),
      query: fc.record({
        after: fc.nat(8), limit: fc.nat(4), status: does('pending', 'in_progress', 'completed', 'failed', 'cancelled')
      }, { requiredKeys: [] }).map(query => ({ ...query, latest: (query.limit ?? 0) % 2 === 1 }))
    })
  }
)

const instants: fc.Arbitrary<Step> = fc.oneof(
  verbs, fc.record({ do: does('together'), steps: fc.array(verbs, { minLength: 2, maxLength: 4 }) }))

const times: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: does('advance'), ms: fc.constantFrom(1, 300, 1_000, 1_100, 1_700, 5_000) }) },
  { weight: 1, arbitrary: fc.record({ do: does('jump'), ms: fc.constantFrom(-3_600_000, -7_000, 4_000, 3_600_000) }) }
)

/** Random histories of one process. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: instants }, { weight: 1, arbitrary: times }), { maxLength: 60, size: 'max' })

/** Random histories with restarts, crashes and disk faults. */
export const durableSteps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 15, arbitrary: instants },
  { weight: 3, arbitrary: times },
  { weight: 1, arbitrary: fc.record({ do: does('restart') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: does('crash'),
      how: does('kill', 'power'),
      during: instants,
      after: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(1, 2) }, fc.integer({ min: 1, max: 12 })),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.integer()
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: does('fault'), during: instants, written: fc.constantFrom(0, 10, 1_000_000) })
  }
), { maxLength: 60, size: 'max' })
