import type { AgentClient } from './client.js'

/**
 * Several orchestrators as one: those of one database, where any of them takes what another handed out. Calls go to one
 * of them until it fails; then to the next, from the next attempt on. Who calls decides when that is, and holds what is
 * to be reported until then.
 *
 * @param clients at least one
 * @param first index of the one to begin with
 */
export function createFallback (clients: readonly AgentClient[], first = 0): AgentClient {
  const [only] = clients
  if (only !== undefined && clients.length === 1) return only
  let current = first % clients.length

  async function attempt<T> (signal: AbortSignal, act: (client: AgentClient) => Promise<T>): Promise<T> {
    const tried = current
    try {
      return await act(clients[tried]!)
    } catch (error) {
      // Of many loops that see it fail, the first moves all of them on.
      if (!signal.aborted && tried === current) current = (tried + 1) % clients.length
      throw error
    }
  }

  return {
    claim: signal => attempt(signal, client => client.claim(signal)),
    report: (report, signal) => attempt(signal, client => client.report(report, signal)),
    settle: (reports, next, signal) => attempt(signal, client => client.settle(reports, next, signal)),

    async heartbeat (heartbeat, signal) {
      const spoken = attempt(signal, client => client.heartbeat(heartbeat, signal))
      // Polls may still be parked where this agent has been before; nothing depends on it.
      const others = heartbeat.leaving ? clients.filter((_client, index) => index !== current) : []
      const parting = { working: [], releasing: [], leaving: true }
      // Together, because the one that counts may fail before the others have answered.
      await Promise.allSettled([spoken, ...others.map(client => client.heartbeat(parting, signal))])
      return spoken
    },

    async close () {
      await Promise.all(clients.map(client => client.close()))
    }
  }
}
