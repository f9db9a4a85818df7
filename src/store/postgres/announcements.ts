import { createReadyNotice } from '../../core/queue/ready-notice.js'
import type { Change, ClaimedTask, StoreRules } from '../../core/store.js'
import type { Final } from './report.js'

/** What a verb did that others may wait for. */
export interface VerbEffects {
  /** The symbol of each task that became ready. */
  readonly ready?: Iterable<string>
  readonly finals?: readonly Final[]
  /** Claimed in the same step. */
  readonly claimed?: readonly ClaimedTask[]
  /** Further expressions that changed; null when it is not known which. */
  readonly changed?: Iterable<number> | null
}

/**
 * Announces what a verb did.
 *
 * @param notifyHere reaches the listeners of this server
 * @param publish reaches the other servers, after some ms
 * @param changed takes the id of an expression that changed; null when it is not known which
 */
export function createAnnouncements (
  { timeoutMs }: StoreRules, notifyHere: (change: Change) => void, publish: (change: Change) => void,
  changed: (id: number | null) => void
) {
  function announce (change: Change): void {
    notifyHere(change)
    publish(change)
  }

  return {
    announce,

    /** @param bySymbol tasks of a new expression */
    announceReady (bySymbol: ReadonlyMap<string, ArrayLike<number>>): void {
      const notice = createReadyNotice(announce)
      for (const [symbol, { length }] of bySymbol) notice.add(symbol, length)
      notice.announce()
    },

    announceEffects ({ ready = [], finals = [], claimed = [], changed: others = [] }: VerbEffects): void {
      const notice = createReadyNotice(announce)
      for (const symbol of ready) notice.add(symbol)
      for (const { symbol } of claimed) notice.remove(symbol)
      notice.announce()
      for (const final of finals) announce({ type: 'final', ...final })
      for (const { id } of finals) changed(id)
      for (const { expression } of claimed) changed(expression)
      for (const id of others ?? [null]) changed(id)
    },

    /** To this server alone: the others find the deadlines of its claims by their rescans. */
    announceDeadlines (claimed: readonly ClaimedTask[]): void {
      if (claimed.length > 0) {
        notifyHere({ type: 'deadline', inMs: Math.min(...claimed.map(({ leaseMs }) => leaseMs)) })
      }
      // Any claim, and any result of an unclaimed task, may have been the first of its expression.
      if (timeoutMs !== null) notifyHere({ type: 'deadline', inMs: timeoutMs })
    }
  }
}
