import { startAgent } from '../agent/pool.js'
import { type Settings, agentOptions, isStartedByNpm } from '../settings.js'
import { clientShare, descriptorLimit } from '../system/file-descriptors.js'
import { watchLauncher } from '../system/launcher.js'
import { createLogger } from '../system/logger.js'
import { shutDownGracefully } from '../system/shutdown.js'

/** Runs agents without a server until a signal: they finish or release their tasks; a second signal ends at once. */
export async function runAgents (settings: Settings): Promise<void> {
  const log = await createLogger(settings.LOG_LEVEL)
  if (settings.COMPUTING_POWER === 0) {
    log.warn('COMPUTING_POWER is 0, so this agent has nothing to do and ends. Set it (--power) to 1 or more')
    return
  }
  clientShare(descriptorLimit(), { power: settings.COMPUTING_POWER, threads: settings.AGENT_THREADS, serves: false })
  const agent = startAgent({
    ...agentOptions(settings),
    urls: settings.ORCHESTRATOR_URL,
    token: settings.INTERNAL_TOKEN,
    timeUnit: settings.OPERATION_TIME_UNIT,
    log
  })
  const shutdown = shutDownGracefully({
    log,
    // `stop` is bounded by the grace already.
    limitMs: Infinity,
    async close (reason) {
      if ('error' in reason) log.error({ err: reason.error }, 'Agent stops after an unexpected error')
      else log.info(reason, 'Agent stops')
      await agent.stop()
    }
  })
  watchLauncher(isStartedByNpm(), () => shutdown.begin({ reason: 'the npm that started it has ended' }))
}
