/** A stand-alone server: an engine, the HTTP app over it, and the address that it listens on. */
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { type EngineOptions, createEngine, inTurn } from './engine.js'
import { buildApp } from './http/app.js'
import { listenOn } from './http/connection/binding.js'
import { type Settings, requireAgentAccess } from './settings.js'
import { systemClock } from './system/clock.js'
import { agentConnections, clientShare, descriptorLimit } from './system/file-descriptors.js'
import { listenFailure } from './system/start-error.js'
import { packageVersion } from './version.js'

export type Server = Awaited<ReturnType<typeof createServer>>

/**
 * Starts a server as the settings say.
 *
 * @throws StartError when the store cannot be opened or the address cannot be listened on; SettingsError when the
 *   settings contradict each other. Nothing is left open then
 */
export async function createServer (settings: Settings, logger: Logger, options: EngineOptions = {}) {
  requireAgentAccess(settings)
  const demand = { power: settings.COMPUTING_POWER, threads: settings.AGENT_THREADS, serves: true }
  const connections = { clients: clientShare(descriptorLimit(), demand), own: agentConnections(demand) }
  const engine = await createEngine(settings, logger, options)
  const { orchestrator, throttle, ownToken, graceLeftMs } = engine
  const version = packageVersion()
  const app = buildApp({
    orchestrator, throttle, ownToken, graceLeftMs, settings, logger, version, connections, clock: systemClock
  })
  let closed: Promise<void> | undefined

  function close (): Promise<void> {
    // The agents first, while there is still a server to take their results.
    closed ??= inTurn(engine.stop, () => app.close(), engine.close)
    return closed
  }

  try {
    await listenOn(app, { port: settings.PORT, host: settings.HOST })
    const url = urlOf(app.server.address() as AddressInfo)
    engine.startAgents(url)
    return {
      app,
      /** Where it listens, such as `http://127.0.0.1:8080`. */
      url,
      /**
       * Takes no new work, answers the requests that wait, lets agents and requests finish within one grace for all,
       * and keeps the state. The store is closed whatever else fails.
       */
      close
    }
  } catch (error) {
    await close()
    throw listenFailure(error, settings)
  }
}

/** How a process on this machine reaches the address. */
function urlOf ({ address, family, port }: AddressInfo): string {
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (address === '::') return `http://[::1]:${port}`
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
