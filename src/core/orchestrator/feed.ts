import type { Clock } from '../clock.js'
import type { Pace } from './pace.js'
import { createSharedReads } from './shared-reads.js'

/** What a source answers to a position. */
export interface FeedAnswer<Item> {
  /** Null when nothing has changed. The same object goes to all followers at this position. */
  readonly item: Item | null
  /** Where to read on. */
  readonly next: string
  /** Whether nothing is left that had changed before the read. */
  readonly isComplete: boolean
  /** Whether nothing will follow. */
  readonly isLast: boolean
  /** Operations, expressions and agents in it. */
  readonly entries: number
}

/**
 * Reads what has changed since a position; null for its beginning. Answers null when there is nothing to follow.
 *
 * @param isFirst whether a follower begins with it, which may know everything up to the end
 */
export type FeedSource<Item> = (position: string | null, isFirst: boolean) => Promise<FeedAnswer<Item> | null>

/**
 * item: what has changed; null for nothing, at the end. idle: nothing has changed for `IDLE_MS`. closed: the source is
 * gone, or the server drains.
 */
export type FeedMessage<Item> =
  | { readonly type: 'item', readonly item: Item | null, readonly isLast: boolean }
  | { readonly type: 'idle' }
  | { readonly type: 'closed' }

export interface Follower<Item> {
  /** The next message, as soon as there is one. To be called again when the client has taken it. */
  next (): Promise<FeedMessage<Item>>
  leave (): void
}

/** A follower gets at most one message in this time, in ms, after its start. */
const INTERVAL_MS = 50

/** A follower that gets nothing for this long, in ms, gets an idle message. */
export const IDLE_MS = 15_000

/** Before a source that is unavailable is read again, in ms. */
const RETRY_MS = 1_000

/**
 * Estimated cost in ms of the processor, measured on Node 20: of a message to be read and written, of each entry in it,
 * and for each follower of sending the message and an entry of it.
 */
const COST_MS = { message: 0.05, entry: 0.002, follower: 0.05, followerEntry: 0.0004 }

/** Followers that get a message at once; then the others wait for the pace. */
const MAX_AT_ONCE = 64

interface FollowerState<Item> {
  position: string | null
  /** The number of the hint up to which it knows everything; -1 where more is to be read. */
  seen: number
  /** Until it has everything once, it reads as fast as its client and the pace allow. */
  isStarting: boolean
  /** Whether a read of its start is under way, which outlasts an idle message. */
  isReading: boolean
  waitsSince: number
  /** Null unless it waits. */
  deliver: ((message: FeedMessage<Item>) => void) | null
}

export interface FeedOptions<Item> {
  readonly read: FeedSource<Item>
  readonly clock: Pick<Clock, 'monotonic' | 'after'>
  readonly pace: Pace
  /** Receives errors other than that of an unavailable store. */
  readonly onFault: (error: unknown) => void
  readonly isUnavailable: (error: unknown) => boolean
}

export type Feed<Item> = ReturnType<typeof createFeed<Item>>

/**
 * The followers of one source. A follower holds a position and nothing else: one that takes its messages late gets
 * fewer and larger ones. Followers at the same position share one read and one message.
 */
export function createFeed<Item> ({ read, clock, pace, onFault, isUnavailable }: FeedOptions<Item>) {
  const followers = new Set<FollowerState<Item>>()
  const starts = createSharedReads(read, clock, chargeRead)
  let hints = 0
  let isRequested = false
  let notBefore = -Infinity
  let isClosed = false
  let cancel = (): void => {}

  function deliver (follower: FollowerState<Item>, message: FeedMessage<Item>): void {
    const take = follower.deliver
    follower.deliver = null
    take?.(message)
  }

  function isBehind ({ deliver, isStarting, seen }: FollowerState<Item>): boolean {
    return deliver !== null && !isStarting && seen < hints
  }

  /** Has the followers that wait and are behind served as soon as the interval and the pace allow. */
  function request (): void {
    if (isRequested || isClosed) return
    isRequested = true
    const delayMs = Math.max(0, notBefore - clock.monotonic())
    cancel = clock.after(delayMs, () => pace.request(() => { serveAll().catch(onFault) }))
  }

  async function serveAll (): Promise<void> {
    const positions = new Map<string | null, Array<FollowerState<Item>>>()
    for (const follower of followers) {
      if (!isBehind(follower)) continue
      const at = positions.get(follower.position)
      if (at === undefined) positions.set(follower.position, [follower])
      else at.push(follower)
    }
    notBefore = clock.monotonic() + INTERVAL_MS
    await Promise.all([...positions].map(([position, at]) => serve(position, at)))
    isRequested = false
    if ([...followers].some(isBehind)) request()
  }

  async function serve (position: string | null, at: ReadonlyArray<FollowerState<Item>>): Promise<void> {
    const number = hints
    try {
      const answer = await read(position, false)
      chargeRead(answer)
      for (let start = 0; start < at.length; start += MAX_AT_ONCE) {
        if (start > 0) await nextTurn()
        for (const follower of at.slice(start, start + MAX_AT_ONCE)) take(follower, answer, number)
      }
    } catch (error) {
      notBefore = clock.monotonic() + RETRY_MS
      if (isUnavailable(error)) return
      for (const follower of at) deliver(follower, { type: 'closed' })
      onFault(error)
    }
  }

  /** Fulfilled when the pace allows more work; never, when the feed is closed before. */
  function turn (): Promise<void> {
    return new Promise(resolve => pace.request(resolve))
  }

  /** Like `turn`, but lets other work of the server go first. */
  function nextTurn (): Promise<void> {
    return new Promise(resolve => { clock.after(0, () => pace.request(resolve)) })
  }

  function chargeRead (answer: FeedAnswer<Item> | null): void {
    pace.charge(COST_MS.message + (answer?.entries ?? 0) * COST_MS.entry)
  }

  /** Applies an answer to a follower, and delivers it unless it is empty. */
  function take (follower: FollowerState<Item>, answer: FeedAnswer<Item> | null, number: number): void {
    // It got an idle message meanwhile: it reads again from where it is.
    if (follower.deliver === null) return
    if (answer === null) return deliver(follower, { type: 'closed' })
    const { item, next, isComplete, isLast, entries } = answer
    follower.position = next
    follower.seen = isComplete ? number : -1
    if (isComplete) follower.isStarting = false
    if (item === null && !isLast) return
    pace.charge(COST_MS.follower + entries * COST_MS.followerEntry)
    deliver(follower, { type: 'item', item, isLast })
  }

  async function readStart (follower: FollowerState<Item>): Promise<void> {
    if (follower.isReading) return
    follower.isReading = true
    try {
      while (follower.isStarting && follower.deliver !== null) {
        await turn()
        // A shared answer may be older than the last hint.
        const number = starts.has(follower.position) ? -1 : hints
        take(follower, await starts.read(follower.position, false), number)
      }
    } finally {
      follower.isReading = false
    }
    if (isBehind(follower)) request()
  }

  return {
    /**
     * Adds a follower from a position, and reads once: its first message is ready then.
     *
     * @returns null when there is nothing to follow
     */
    async join (position: string | null): Promise<Follower<Item> | null> {
      const follower: FollowerState<Item> = {
        position, seen: -1, isStarting: true, isReading: false, waitsSince: clock.monotonic(), deliver: null
      }
      let first: FeedMessage<Item> | null = null
      const number = starts.has(position) ? -1 : hints
      const answer = await starts.read(position, true)
      if (answer === null) return null
      follower.deliver = message => { first = message }
      take(follower, answer, number)
      follower.deliver = null
      followers.add(follower)

      return {
        next () {
          if (first !== null) {
            const message = first
            first = null
            return Promise.resolve(message)
          }
          return new Promise(resolve => {
            if (isClosed || !followers.has(follower)) return resolve({ type: 'closed' })
            follower.waitsSince = clock.monotonic()
            follower.deliver = resolve
            if (!follower.isStarting) return isBehind(follower) ? request() : undefined
            readStart(follower).catch(error => {
              deliver(follower, { type: 'closed' })
              if (!isUnavailable(error)) onFault(error)
            })
          })
        },

        leave () {
          followers.delete(follower)
          deliver(follower, { type: 'closed' })
          if (followers.size === 0) starts.clear()
        }
      }
    },

    /** Something may have changed. */
    hint (): void {
      hints++
      if ([...followers].some(isBehind)) request()
    },

    /** Wakes the followers that have waited for long, and reads, so that the store goes on to follow the source. */
    idle (): void {
      starts.forget()
      const before = clock.monotonic() - IDLE_MS
      const waiting = [...followers].filter(({ deliver, waitsSince }) => deliver !== null && waitsSince <= before)
      if (waiting.length === 0) return
      for (const follower of waiting) deliver(follower, { type: 'idle' })
      hints++
    },

    close (): void {
      isClosed = true
      cancel()
      for (const follower of followers) deliver(follower, { type: 'closed' })
      followers.clear()
    },

    get size (): number {
      return followers.size
    }
  }
}
