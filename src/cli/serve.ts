import { createServer } from '../server.js'
import { type Settings, isStartedByNpm } from '../settings.js'
import { watchLauncher } from '../system/launcher.js'
import { createLogger, isInteractive } from '../system/logger.js'
import { stdout } from '../system/output.js'
import { exitNow, shutDownGracefully } from '../system/shutdown.js'

/** The exit code when the disk has failed in a way that only a restart can recover from. */
const EXIT_DISK = 74

/** Added to the grace, in ms: how long closing may take when the agents needed all of it. */
export const CLOSE_MARGIN_MS = 5_000

/**
 * Runs a server until a signal: SIGTERM or SIGINT drains it, a second signal ends it at once. It drains as well when
 * its terminal is closed, or when the npm that started it has ended.
 */
export async function serve (settings: Settings): Promise<void> {
  const logger = await createLogger(settings.LOG_LEVEL)
  const starting = createServer(settings, logger, { onFatal: () => exitNow(EXIT_DISK) })
  // Before it listens: a signal that comes as soon as a client can know that it does must drain it, too.
  const shutdown = shutDownGracefully({
    log: logger,
    limitMs: settings.SHUTDOWN_GRACE_MS + CLOSE_MARGIN_MS,
    async close (reason) {
      if ('error' in reason) logger.fatal({ err: reason.error }, 'Stopping after an unexpected error')
      else logger.info(reason, 'Draining')
      await (await starting).close()
    }
  })
  watchLauncher(isStartedByNpm(), () => shutdown.begin({ reason: 'the npm that started it has ended' }))
  const { url } = await starting
  if (isInteractive) stdout.write(welcome(url))
  // At every level: with PORT=0 a program learns the address from it.
  else logger.child({}, { level: 'info' }).info({ url }, `Longhand is ready. Page ${url}/ API ${url}/docs`)
}

function welcome (url: string): string {
  return `
  Longhand is ready.
    Page  ${url}/
    API   ${url}/docs
    Try   curl ${url}/api/v1/calculate -H 'Content-Type: application/json' -d '{"expression": "2+2*2"}'
          curl ${url}/api/v1/expressions

`
}
