import {
  type Client, type ExpressionUpdate, type ListUpdate, LonghandError, type WatchOptions
} from '../../client/index.js'
import { type ServerClock, createServerClock } from '../model/clock.js'

/** connecting: nothing has come yet. away: the server cannot be reached; the client tries again. paused: hidden. */
export type Connection = 'connecting' | 'live' | 'away' | 'paused' | 'ended'

export interface FeedState<Update> {
  /** The last state that has come; null before. */
  readonly update: Update | null
  readonly connection: Connection
  /** Why there is nothing to follow, such as an unknown id. */
  readonly error: LonghandError | null
  readonly clock: ServerClock
}

interface Updated {
  readonly now: string
  readonly cursor: string
}

/**
 * Follows one source, the only stream of the page. A hidden page lets go of it, because a browser allows six
 * connections to a host, and goes on after its last state when it is seen again.
 *
 * @returns stops it
 */
function follow<Update extends Updated> (
  watch: (options: WatchOptions<Update>) => AsyncIterable<Update>, show: (state: FeedState<Update>) => void
): () => void {
  let state: FeedState<Update> = {
    update: null, connection: 'connecting', error: null, clock: createServerClock(() => performance.now())
  }
  let running: AbortController | null = null

  function change (changes: Partial<FeedState<Update>>): void {
    state = { ...state, ...changes }
    show(state)
  }

  async function run ({ signal }: AbortController): Promise<void> {
    try {
      const options = {
        signal,
        after: state.update ?? undefined,
        onConnect: () => change({ connection: state.update === null ? 'connecting' : 'live' }),
        onReconnect: () => change({ connection: 'away' })
      }
      for await (const update of watch(options)) {
        state.clock.heard(update.now)
        change({ update, connection: 'live' })
      }
      change({ connection: 'ended' })
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof LonghandError)) throw error
      change({ connection: error.status === undefined ? 'away' : 'ended', error })
    }
  }

  function attend (): void {
    if (state.connection === 'ended') return
    if (document.hidden) {
      running?.abort()
      running = null
      change({ connection: 'paused' })
    } else if (running === null) {
      running = new AbortController()
      change({ connection: 'connecting' })
      run(running)
    }
  }

  document.addEventListener('visibilitychange', attend)
  attend()
  return () => {
    document.removeEventListener('visibilitychange', attend)
    running?.abort()
  }
}

export function followExpression (
  client: Client, id: number, show: (state: FeedState<ExpressionUpdate>) => void
): () => void {
  return follow(options => client.watch(id, options), show)
}

export function followList (client: Client, show: (state: FeedState<ListUpdate>) => void): () => void {
  return follow(options => client.watchList(options), show)
}
