import { useEffect, useState } from 'preact/hooks'
import { type ServerState, nextState } from '../model/server-state.js'
import { ask } from './ask.js'
import { poll } from './poll.js'

const TIMES = { everyMs: 5_000, timeoutMs: 10_000 }

/** What the server says of itself, read again while the page is seen; null before the first answer. */
export function useServerState (): ServerState | null {
  const [state, setState] = useState<ServerState | null>(null)
  useEffect(() => poll(async signal => {
    const [metrics, ready] = await Promise.all([ask('/metrics', signal), ask('/health/ready', signal)])
    setState(before => nextState(before, metrics, ready))
  }, { ...TIMES, page: document, report: reportError }), [])
  return state
}
