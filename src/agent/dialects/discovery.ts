import type { Protocol } from '../protocol/client.js'
import type { Connection, HttpAnswer } from '../protocol/connection.js'
import type { ClaimedTasks } from '../protocol/task.js'
import { describeFailure, describeIdle, describeMisfit, describeRefusal, describeSilence } from './diagnosis.js'
import { createSilenceWatch } from './silence.js'
import { parseClaim } from './task.js'

export interface DiscoveryOptions {
  readonly waitSeconds: number
  readonly unitsPerMs: number
  /** Takes one sentence, at most once, on what is odd about a server that gives no tasks. */
  readonly warn: (sentence: string) => void
  /** When a first claim without an answer leads to a ping, and how long that may take in its turn; in ms. */
  readonly silenceMs: number
}

/** A claim that was answered sooner did not wait at the orchestrator, in ms. */
const WAITED_MS = 1_000

/** Refusals of the query, not of the agent. */
const QUERY_REFUSED: ReadonlySet<number> = new Set([400, 405, 414, 422])

/**
 * Claims tasks from one server, and finds out what it is.
 *
 * The claim is null when there are no tasks. It throws an Error when the orchestrator cannot be reached, does not
 * answer in time, or answers something else.
 */
export function createDiscovery (
  { taskUrl: url, getTask }: Pick<Connection, 'taskUrl' | 'getTask'>,
  { claim, ping }: Pick<Protocol, 'claim' | 'ping'>,
  { waitSeconds, unitsPerMs, warn, silenceMs }: DiscoveryOptions
) {
  /** The parameters mean nothing to the orchestrator, or keep it from answering. */
  let isBare = false
  let refusesQuery = false
  let hasWarned = false
  const watched = createSilenceWatch(ping, silenceMs, () => warnOnce(describeSilence(url, 2 * silenceMs)))

  async function attempt (bare: boolean, signal: AbortSignal) {
    const call = bare ? getTask('', signal, waitSeconds * 1000) : claim(signal)
    const answer = await watched(call, signal).catch(error => {
      throw signal.aborted ? error : new Error(describeFailure(url, error), { cause: error })
    })
    const { status } = answer
    if ([200, 204, 404].includes(status)) {
      const claimed = status === 200 ? read(answer) : null
      const isExtended = speaksMore(claimed, answer)
      if (isExtended && !refusesQuery) isBare = false
      return { claimed, answer, isExtended }
    }
    if (QUERY_REFUSED.has(status)) isBare = refusesQuery = true
    throw new Error(describeRefusal(url, answer))
  }

  function read (answer: HttpAnswer): ClaimedTasks | null {
    try {
      return parseClaim(answer.text, unitsPerMs)
    } catch (error) {
      throw new Error(describeMisfit(url, answer, error), { cause: error })
    }
  }

  function warnOnce (sentence: string): void {
    if (!hasWarned) warn(sentence)
    hasWarned = true
  }

  return async (signal: AbortSignal): Promise<ClaimedTasks | null> => {
    const beganAt = performance.now()
    const first = await attempt(isBare, signal)
    const hasWaited = waitSeconds > 0 && performance.now() - beganAt >= WAITED_MS
    if (first.isExtended || first.claimed !== null || isBare || hasWaited) return first.claimed
    // It may compare the path literally; if not, then it does not know the parameters either.
    isBare = true
    const { claimed, isExtended, answer } = await attempt(true, signal)
    if (claimed === null && !isExtended) warnOnce(describeIdle(url, answer))
    return claimed
  }
}

/** Whether the orchestrator speaks more than the plain contract. */
function speaksMore (claimed: ClaimedTasks | null, { status, cacheControl }: HttpAnswer): boolean {
  if (claimed !== null) return claimed.extended || claimed.tasks.some(({ lease }) => lease !== null)
  return status === 404 && cacheControl.includes('no-store')
}
