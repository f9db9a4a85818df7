import { domainError } from '../../core/errors.js'
import type { Expression } from '../../core/expression.js'
import { ownOf } from '../../core/queue/lease-token.js'
import { initialOperationsOf } from '../../core/plan/initial-operations.js'
import type { LeaseRef, Outcome, Store, Submission } from '../../core/store.js'
import type { createAnnouncements, VerbEffects } from './announcements.js'
import type { createChanges } from './changes.js'
import type { StoreContext } from './context.js'
import { expire } from './expire.js'
import { finishCall } from './finish.js'
import { createReportBatches } from './report-batches.js'
import { unstartedIn } from './claim.js'
import type { createMaintenance } from './maintenance.js'
import { check, renew } from './sql/leases.js'
import { release } from './sql/release.js'
import { retrieve } from './sql/retrieve.js'
import { type Call, call } from './statement.js'
import { createSubmit } from './submit.js'
import { admit } from './admission.js'
import { createViews } from './views.js'

export interface VerbOptions {
  readonly context: StoreContext
  /** The prefix of the lease tokens of this database. */
  readonly issuedBy: string
  readonly announcements: ReturnType<typeof createAnnouncements>
  readonly maintenance: ReturnType<typeof createMaintenance>
  readonly changes: ReturnType<typeof createChanges>
  /** Whether verbs are still taken. */
  readonly isOpen: () => boolean
}

/** The verbs of the store. Those that change something are refused once it closes. */
export function createVerbs (options: VerbOptions): Omit<Store, 'recovered' | 'serves' | 'watch' | 'close'> {
  const { context, announcements, maintenance, isOpen } = options
  const views = createViews(context)

  function refuseClosed (): void {
    if (!isOpen()) throw domainError('storage_unavailable')
  }

  function announce (effects: VerbEffects): void {
    announcements.announceEffects(effects)
    maintenance.finished(effects.finals?.length ?? 0)
    const { claimed = [] } = effects
    if (claimed.length > 0) maintenance.claimed(claimed.map(({ expression }) => expression))
  }

  const report = createReportBatches(context, ({ ready, finals, changed, claimed: rows }, claimed) => {
    announce({ ready, finals, claimed, changed })
    announcements.announceDeadlines(claimed)
    maintenance.start(unstartedIn(rows))
  })

  return {
    ...views,
    ...options.changes.verbs,
    submit: createSubmitVerb(options, views, announce, refuseClosed),
    ...createLeaseVerbs(options, announce, refuseClosed),

    async admit ({ operations }) {
      refuseClosed()
      await admit(context, operations)
    },

    async claim (claim) {
      refuseClosed()
      return (await report([], claim)).claimed
    },

    async report (reports) {
      refuseClosed()
      const { own, complete } = ownOf(options.issuedBy, reports)
      return complete((await report(own)).outcomes)
    },

    async reportAndClaim (reports, claim) {
      refuseClosed()
      const { own, complete } = ownOf(options.issuedBy, reports)
      const { outcomes, claimed } = await report(own, claim)
      return { outcomes: complete(outcomes), claimed }
    },

    async expire () {
      refuseClosed()
      const { ready, finals, leases, refused, nextMs } = await expire(context)
      announce({ ready, finals, changed: leases.map(({ expression }) => expression) })
      if (leases.length > 0) announcements.announce({ type: 'expired', leases })
      if (refused !== null) throw refused.error
      return nextMs
    },

    async cancel (id) {
      refuseClosed()
      const { known, finished } = await context.row(finishCall(id, 'cancelled', null))
      if (!known) return 'unknown'
      if (!finished) return 'ignored'
      announce({ finals: [{ id, ended: { status: 'cancelled', error: null } }] })
      return 'accepted'
    },

    async retrieve (id) {
      refuseClosed()
      const { known, retrieved } = await context.row(call(retrieve, { expression: id }))
      if (retrieved) announce({ changed: [id] })
      return retrieved ? 'accepted' : known ? 'ignored' : 'unknown'
    }
  }
}

function createSubmitVerb (
  { context, announcements, maintenance }: VerbOptions, { find }: Pick<Store, 'find'>,
  announce: (effects: VerbEffects) => void, refuseClosed: () => void
): Store['submit'] {
  const store = createSubmit(context)

  function announceCreated ({ id, status, error }: Expression, { plan }: Submission): void {
    announce({ changed: [id] })
    if (status === 'failed') announce({ finals: [{ id, ended: { status, error } }] })
    else if (status === 'pending') announcements.announceReady(initialOperationsOf(plan).ready)
    // Completed at once: its client has the result, and no other client knows its id.
    else maintenance.finished(1)
  }

  return async function submit (submission): Promise<Expression> {
    refuseClosed()
    const { id, created } = await store(submission)
    // An earlier one may have been deleted meanwhile, and its key with it.
    if (created === null) return await find(id) ?? await submit(submission)
    announceCreated(created, submission)
    return created
  }
}

function createLeaseVerbs (
  { context, issuedBy }: VerbOptions, announce: (effects: VerbEffects) => void, refuseClosed: () => void
): Pick<Store, 'renew' | 'check' | 'release'> {
  /** Runs a statement for the leases that this store issued. */
  async function ask<Row extends { readonly outcomes: Outcome[] }> (
    leases: readonly LeaseRef[], callOf: (values: { tasks: number[], leases: string[] }) => Call<Row>
  ): Promise<{ readonly outcomes: Outcome[], readonly row: Row | null }> {
    refuseClosed()
    const { own, complete } = ownOf(issuedBy, leases)
    if (own.length === 0) return { outcomes: complete([]), row: null }
    const values = { tasks: own.map(({ task }) => task), leases: own.map(({ lease }) => lease) }
    const row = await context.row(callOf(values))
    return { outcomes: complete(row.outcomes), row }
  }

  return {
    renew: async leases => (await ask(leases, values => call(renew, values))).outcomes,
    check: async leases => (await ask(leases, values => call(check, values))).outcomes,

    async release (leases) {
      const { outcomes, row } = await ask(leases, values => {
        return call(release, { ...values, outcome: 'released', message: null, attempts_limit: null })
      })
      if (row !== null) announce({ ready: row.ready, changed: row.ready.length > 0 ? null : [] })
      return outcomes
    }
  }
}
