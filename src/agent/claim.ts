/** Asks one orchestrator for tasks, and finds out what it is. */
import {
  type ClaimAnswer, describeFailure, describeIdle, describeMisfit, describeRefusal, describeSilence
} from './diagnosis.js'
import { sleep } from './retry.js'
import { type Claimed, type TimeUnit, parseClaim } from './task.js'

/** An answer, with what tells our own orchestrator from others. */
export interface Heard extends ClaimAnswer {
  readonly cacheControl: string
}

export interface ClaimOptions {
  /** What `path` is called outside. */
  readonly url: string
  readonly path: string
  readonly query: string
  readonly waitSeconds: number
  readonly unit: TimeUnit
  readonly get: (path: string, signal: AbortSignal) => Promise<Heard>
  /** A call that an orchestrator answers at once, in whatever way. */
  readonly ping: (signal: AbortSignal) => Promise<unknown>
  /** Told, in a sentence, what is odd about a server that hands out nothing; once. */
  readonly remark: (sentence: string) => void
  /** After how long without the first answer it is pinged, and after how long again that is remarked on (ms). */
  readonly silenceMs: number
}

interface Asked {
  readonly claimed: Claimed | null
  readonly heard: Heard
  /** Whether it is an orchestrator that knows more than the plain contract. */
  readonly isOurs: boolean
}

/** A poll that was answered sooner was not parked, in ms. */
const PARKED_MS = 1_000

/** Refusals of the query rather than of the agent. */
const QUERY_REFUSED: ReadonlySet<number> = new Set([400, 405, 414, 422])

export function createClaim (options: ClaimOptions): (signal: AbortSignal) => Promise<Claimed | null> {
  const { url, path, query, waitSeconds, unit, get, ping, remark, silenceMs } = options
  const fullPath = `${path}?${query}`
  /** The bare path where the parameters say nothing to the orchestrator, or keep it from understanding. */
  let claimPath = fullPath
  let refusesQuery = false
  let hasAnswered = false
  /** A call that fails has its reason in the log; silence is what has none. */
  let hasFailed = false
  let isWatching = false
  let hasRemarked = false

  async function ask (askedPath: string, signal: AbortSignal): Promise<Asked> {
    const heard = await get(askedPath, signal).catch(error => {
      if (signal.aborted) throw error
      hasFailed = true
      throw new Error(describeFailure(url, error), { cause: error })
    })
    hasAnswered = true
    const { status } = heard
    if ([200, 204, 404].includes(status)) {
      const claimed = status === 200 ? read(heard) : null
      const isOurs = knowsMore(claimed, heard)
      if (isOurs && !refusesQuery) claimPath = fullPath
      return { claimed, heard, isOurs }
    }
    if (QUERY_REFUSED.has(status)) {
      refusesQuery = true
      claimPath = path
    }
    throw new Error(describeRefusal(url, heard))
  }

  function read (heard: Heard): Claimed | null {
    try {
      return parseClaim(heard.text, unit)
    } catch (error) {
      throw new Error(describeMisfit(url, heard, error), { cause: error })
    }
  }

  function remarkOnce (sentence: string): void {
    if (!hasRemarked) remark(sentence)
    hasRemarked = true
  }

  /** A parked poll and a server that never answers look alike for as long as the poll is parked. */
  async function watch (signal: AbortSignal): Promise<void> {
    if (!await unanswered(silenceMs, signal)) return
    const pinged = ping(AbortSignal.any([signal, AbortSignal.timeout(silenceMs * 2)])).then(() => {
      hasAnswered = true
    }, () => {
      // The claim itself reports what is wrong with the connection.
    })
    await Promise.race([pinged, unanswered(silenceMs, signal)])
    if (isSilent(signal)) remarkOnce(describeSilence(url, 2 * silenceMs))
  }

  function unanswered (ms: number, signal: AbortSignal): Promise<boolean> {
    return sleep(ms, signal).then(() => isSilent(signal))
  }

  function isSilent (signal: AbortSignal): boolean {
    return !hasAnswered && !hasFailed && !signal.aborted
  }

  /** Watches the call for as long as it takes, while the server has not answered any. */
  async function watched (call: Promise<Asked>, signal: AbortSignal): Promise<Asked> {
    if (hasAnswered || isWatching) return call
    isWatching = true
    const over = new AbortController()
    const watching = watch(AbortSignal.any([signal, over.signal]))
    try {
      return await call
    } finally {
      over.abort()
      await watching
      isWatching = false
    }
  }

  return async signal => {
    const beganAt = performance.now()
    const first = await watched(ask(claimPath, signal), signal)
    const wasParked = waitSeconds > 0 && performance.now() - beganAt >= PARKED_MS
    if (first.isOurs || first.claimed !== null || claimPath === path || wasParked) return first.claimed
    // It may compare the path literally, and if it does not, then it does not know the parameters either.
    claimPath = path
    const bare = await ask(path, signal)
    if (bare.claimed === null && !bare.isOurs) remarkOnce(describeIdle(url, bare.heard))
    return bare.claimed
  }
}

function knowsMore (claimed: Claimed | null, { status, cacheControl }: Heard): boolean {
  if (claimed !== null) return claimed.extended || claimed.tasks.some(({ lease }) => lease !== null)
  return status === 404 && cacheControl.includes('no-store')
}
