import { pino, type Logger } from 'pino'
import type { Settings } from './settings.js'

/**
 * The log of a process, on stdout: readable on a terminal, one JSON object a line elsewhere. What
 * stdout is decides, not NODE_ENV, so that nobody has to configure it. Lines are written before
 * the call returns: the last words of a process that ends are kept.
 */
export async function createLogger (level: Settings['LOG_LEVEL']): Promise<Logger> {
  const options = { level, redact: ['req.headers.authorization', 'headers.authorization'] }
  if (!process.stdout.isTTY) return pino(options)
  // Loaded only here: it costs a server in a container start-up time for nothing.
  const { default: pretty } = await import('pino-pretty')
  return pino(options, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }))
}
