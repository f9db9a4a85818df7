import type { Clock } from '../../core/clock.js'
import type { Change } from '../../core/store.js'

/** After this time without a read of changes, in ms, there is no follower. */
const ATTENTION_MS = 60_000

/** How long after a read that found something the next is due without a hint, in ms; and at most. */
const FIRST_MS = 50
const MOST_MS = 1_000

/** Expressions that are announced one by one until the next read. */
const MOST_IDS = 1_000

/**
 * Announces `changed` while there are followers of changes: once for each expression until the next read. What other
 * servers change without a notification (claims, heartbeats, results that make no task ready) a timer makes up for.
 */
export function createChangeHints (clock: Pick<Clock, 'after' | 'monotonic'>, notifyHere: (change: Change) => void) {
  const { announce, forget } = announceOnce(notifyHere)
  let readAt = -Infinity
  let pollMs = FIRST_MS
  let poll: { readonly dueAt: number, readonly cancel: () => void } | null = null

  /** The poll after this one is due some time after the next read. */
  function announceAny (): void {
    poll = null
    if (isRead()) announce(null)
  }

  function isRead (): boolean {
    return clock.monotonic() - readAt <= ATTENTION_MS
  }

  function changed (id: number | null): void {
    if (!isRead()) return
    pollMs = FIRST_MS
    announce(id)
  }

  return {
    /** An expression has changed or, without an id, anything may have. */
    changed,

    /** Takes a change that another server has notified of, or may have, and passes it on. */
    hear (change: Change): void {
      notifyHere(change)
      if (change.type === 'final') changed(change.id)
      else if (change.type === 'ready' || change.type === 'missed') changed(null)
    },

    /** A read begins. */
    reading (): void {
      readAt = clock.monotonic()
      forget()
    },

    /** @param hasFound whether a follower got anything */
    read (hasFound: boolean): void {
      pollMs = hasFound ? FIRST_MS : Math.min(2 * pollMs, MOST_MS)
      const dueAt = clock.monotonic() + pollMs
      // Followers that read all the time must not put off the poll for the others.
      if (poll !== null && poll.dueAt <= dueAt) return
      poll?.cancel()
      poll = { dueAt, cancel: clock.after(pollMs, announceAny) }
    },

    stop (): void {
      readAt = -Infinity
      poll?.cancel()
    }
  }
}

function announceOnce (notifyHere: (change: Change) => void) {
  const announced = new Set<number>()
  let isAllAnnounced = false
  return {
    announce (id: number | null): void {
      if (isAllAnnounced || (id !== null && announced.has(id))) return
      isAllAnnounced = id === null || announced.size === MOST_IDS
      if (id !== null) announced.add(id)
      notifyHere({ type: 'changed', id: isAllAnnounced ? null : id })
    },

    /** Everything is announced again. */
    forget (): void {
      announced.clear()
      isAllAnnounced = false
    }
  }
}
