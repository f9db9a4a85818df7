import { type AgentChanges, createAgentChanges } from './agent-changes.js'
import type { AgentOverview } from './agent-overview.js'
import { type Clock, repeat } from '../clock.js'
import { domainError, isUnavailable } from '../errors.js'
import { isFinal } from '../expression.js'
import { type Feed, type FeedAnswer, type Follower, createFeed } from './feed.js'
import { createPace } from './pace.js'
import type { ExpressionChanges, ListChanges, Store } from '../store.js'

/** What has changed in the list of expressions and in that of the agents. */
export interface ListNews extends ListChanges {
  /** Null when nothing has changed. */
  readonly agents: AgentChanges | null
}

export interface FeedsOptions {
  readonly store: Pick<Store, 'changesOf' | 'listChanges' | 'find'>
  readonly clock: Pick<Clock, 'monotonic' | 'after'>
  readonly agents: () => Promise<AgentOverview>
  /** How many followers there may be; at least 1. */
  readonly maxFollowers: number
  readonly onFault: (error: unknown) => void
}

/** Operations or expressions in a message: writing them blocks the event loop for about 5 ms. */
const PIECE = 1_000

/** About as long as an operation in a message: a long text costs as much as many of them. */
const ENTRY_LENGTH = 300

/** How often idle followers are looked for, in ms. */
const IDLE_CHECK_MS = 1_000

/** How often the agents are compared with what they were, in ms. */
const AGENTS_MS = 500

export type Feeds = ReturnType<typeof createFeeds>

/** The followers that follow expressions, and those that follow the list of all expressions and the agents. */
export function createFeeds (options: FeedsOptions) {
  const { store, clock, maxFollowers, onFault } = options
  const pace = createPace(clock)
  /** With the number of followers that have joined or are about to. */
  const expressions = new Map<number, { readonly feed: Feed<ExpressionChanges>, users: number }>()
  const agents = createAgentChanges()
  const list = feedOf(readList)
  let joined = 0
  let isClosed = false
  let stopTimers: (() => void) | null = null
  let updating: Promise<void> | null = null
  let updatedAt = -Infinity

  function feedOf<Item> (read: Parameters<typeof createFeed<Item>>[0]['read']): Feed<Item> {
    return createFeed({ read, clock, pace, onFault, isUnavailable })
  }

  async function readExpression (
    id: number, position: string | null, isFirst: boolean
  ): Promise<FeedAnswer<ExpressionChanges> | null> {
    const changes = await store.changesOf(id, position, PIECE)
    if (changes === null) return null
    const { cursor: next, isComplete, operations } = changes
    const isEmpty = changes.expression === null
    // A follower that comes back may know everything but that it is the end.
    const expression = isEmpty && isFirst ? await store.find(id) : changes.expression
    return {
      item: isEmpty ? null : changes,
      next,
      isComplete,
      isLast: isComplete && expression !== null && isFinal(expression.status),
      entries: operations.indices.length + (changes.isStart ? changes.expression!.source.length / ENTRY_LENGTH : 0)
    }
  }

  /** A position is the revision of the agents, if the follower knows them, and the cursor of the list. */
  async function readList (position: string | null): Promise<FeedAnswer<ListNews>> {
    const [, revision = '', cursor = null] = /^(\d*) (.*)$/s.exec(position ?? '') ?? []
    const found = agents.since(revision === '' ? null : Number(revision))
    const hasAgents = found.isAll || found.changed.length + found.removed.length > 0 || found.unserved !== null
    const changes = await store.listChanges(cursor, PIECE)
    const entries = changes.expressions.length + changes.deleted.length + found.changed.length
    const isEmpty = !hasAgents && !changes.isStart && entries === 0
    return {
      item: isEmpty ? null : { ...changes, agents: hasAgents ? found : null },
      next: `${found.revision} ${changes.cursor}`,
      isComplete: changes.isComplete,
      isLast: false,
      entries
    }
  }

  /** Shared by those that ask for it at the same time, because the store counts all leased tasks for it. */
  function refreshAgents (): Promise<void> {
    if (updating !== null) return updating
    if (clock.monotonic() - updatedAt < AGENTS_MS) return Promise.resolve()
    updating = updateAgents().finally(() => { updating = null })
    return updating
  }

  async function updateAgents (): Promise<void> {
    updatedAt = clock.monotonic()
    try {
      if (agents.update(await options.agents())) list.hint()
    } catch (error) {
      if (!isUnavailable(error)) onFault(error)
    }
  }

  function startTimers (): void {
    if (stopTimers !== null || isClosed) return
    const stopIdle = repeat(clock, IDLE_CHECK_MS, () => {
      list.idle()
      for (const { feed } of expressions.values()) feed.idle()
    })
    const stopAgents = repeat(clock, AGENTS_MS, () => {
      if (list.size > 0) refreshAgents().catch(onFault)
    })
    stopTimers = () => {
      stopIdle()
      stopAgents()
      stopTimers = null
    }
  }

  /** Counts the follower from now until it leaves. @throws `draining`, `streams_full`; what the first read throws */
  async function join<Item> (
    begin: () => Promise<Follower<Item> | null>, end: () => void
  ): Promise<Follower<Item> | null> {
    if (isClosed) throw domainError('draining')
    if (joined >= maxFollowers) throw domainError('streams_full')
    joined++
    let follower: Follower<Item> | null = null
    let hasLeft = false
    function leave (): void {
      if (hasLeft) return
      hasLeft = true
      follower?.leave()
      joined--
      end()
      if (joined === 0) stopTimers?.()
    }
    try {
      follower = await begin()
    } finally {
      if (follower === null) leave()
    }
    if (follower === null) return null
    startTimers()
    return { next: follower.next, leave }
  }

  return {
    /**
     * Follows an expression from a cursor; null for its beginning, and for an unknown id. Its last message is the last
     * of its final state.
     */
    expression (id: number, after: string | null): Promise<Follower<ExpressionChanges> | null> {
      return join(() => {
        const known = expressions.get(id) ??
          { feed: feedOf((position, isFirst) => readExpression(id, position, isFirst)), users: 0 }
        expressions.set(id, known)
        known.users++
        return known.feed.join(after)
      }, () => {
        const known = expressions.get(id)
        if (known !== undefined && --known.users === 0) expressions.delete(id)
      })
    },

    /** Follows the list of expressions and the agents. */
    async list (after: string | null): Promise<Follower<ListNews>> {
      if (!isClosed) await refreshAgents()
      const follower = await join(() => list.join(after === null ? null : ` ${after}`), () => {})
      return follower!
    },

    /** The store has announced that the expression, the list or, with null, anything may have changed. */
    changed (id: number | 'list' | null): void {
      // A change of an expression may be one of its entry in the list as well.
      list.hint()
      if (id === 'list') return
      if (id !== null) return expressions.get(id)?.feed.hint()
      for (const { feed } of expressions.values()) feed.hint()
    },

    /** Ends all followers, now and from now on. */
    close (): void {
      isClosed = true
      stopTimers?.()
      pace.stop()
      list.close()
      for (const { feed } of expressions.values()) feed.close()
    },

    get followers (): number {
      return joined
    }
  }
}
