import type { AgentClient } from './client.js'

/**
 * Several orchestrators of one database as one client: each accepts reports of tasks that another granted. Calls go
 * to one of them until it fails; the next attempt goes to the next. The caller decides when to retry, and keeps its
 * reports until then.
 *
 * @param clients at least one
 * @param first index of the client to begin with
 */
export function createFailover (clients: readonly AgentClient[], first = 0): AgentClient {
  const [only] = clients
  if (only !== undefined && clients.length === 1) return only
  let current = first % clients.length

  async function attempt<T> (signal: AbortSignal, call: (client: AgentClient) => Promise<T>): Promise<T> {
    const tried = current
    try {
      return await call(clients[tried]!)
    } catch (error) {
      // Of many loops whose calls fail, the first moves all of them on.
      if (!signal.aborted && tried === current) current = (tried + 1) % clients.length
      throw error
    }
  }

  return {
    claim: signal => attempt(signal, client => client.claim(signal)),
    report: (report, signal) => attempt(signal, client => client.report(report, signal)),
    reportMany: (reports, signal) => attempt(signal, client => client.reportMany(reports, signal)),
    reportAndClaim: (reports, signal) => attempt(signal, client => client.reportAndClaim(reports, signal)),

    async heartbeat (message, signal) {
      const answered = attempt(signal, client => client.heartbeat(message, signal))
      // Claims may still wait at orchestrators that this agent used before. Nothing depends on their answers.
      const others = message.leaving ? clients.filter((_client, index) => index !== current) : []
      const parting = { working: [], releasing: [], leaving: true }
      // Together, because the answer that counts may fail before the others have come.
      await Promise.allSettled([answered, ...others.map(client => client.heartbeat(parting, signal))])
      return answered
    },

    async close () {
      await Promise.all(clients.map(client => client.close()))
    }
  }
}
