import {
  type Client, type ExpressionUpdate, type ListUpdate, LonghandError, type WatchOptions
} from '../../client/index.js'
import { type ServerClock, createServerClock } from '../model/clock.js'

/**
 * connecting: nothing has come yet. away: the server cannot be reached; the page tries again. paused: hidden. ended:
 * everything has come. refused: the server has nothing to follow, such as an unknown id.
 */
export type Connection = 'connecting' | 'live' | 'away' | 'paused' | 'ended' | 'refused'

export interface FeedState<Update> {
  /** The last state that has come; null before. */
  readonly update: Update | null
  readonly connection: Connection
  /** Why the server refuses the stream. */
  readonly error: LonghandError | null
  readonly clock: ServerClock
}

/** After how long the page tries again where a proxy has answered for the server, in ms. */
const AGAIN_MS = 2_000

/** Whether the server itself has refused the stream, which it would do again. */
function isOfServer ({ code, status = 0 }: LonghandError): boolean {
  return code !== 'answer_invalid' && status >= 400 && status < 500
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
    state.clock.setStopped(state.connection === 'away')
    show(state)
  }

  async function run ({ signal }: AbortController): Promise<void> {
    while (!await isOver(signal)) await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
  }

  /** Follows until there is no more; false when something else than the server has answered. */
  async function isOver (signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return true
    try {
      const options = {
        signal,
        after: state.update ?? undefined,
        onConnect: () => change({ connection: state.update === null ? 'connecting' : 'live', error: null }),
        onReconnect: () => change({ connection: 'away' })
      }
      for await (const update of watch(options)) {
        state.clock.heard(update.now)
        change({ update, connection: 'live' })
      }
      change({ connection: 'ended' })
      return true
    } catch (error) {
      if (signal.aborted) return true
      if (!(error instanceof LonghandError)) throw error
      const isRefusal = isOfServer(error)
      change({ connection: isRefusal ? 'refused' : 'away', error })
      return isRefusal
    }
  }

  function attend (): void {
    if (state.connection === 'ended' || state.connection === 'refused') return
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
