import { isatty } from 'node:tty'
import { pino, type DestinationStream, type Logger } from 'pino'
import { type Output, stdout } from './output.js'
import type { Settings } from '../settings.js'

/** Whether stdout is a terminal. */
export const isInteractive = isatty(1)

/**
 * The log of a process, on stdout: readable on a terminal, one JSON object a line elsewhere. The kind of stdout
 * decides, not NODE_ENV, so that it needs no configuration. Lines are written before the call returns: the last lines
 * of a process that ends are not lost. A line that cannot be written is dropped; pino's own stream would retry it for
 * ever.
 */
export async function createLogger (
  level: Settings['LOG_LEVEL'], output: Output = stdout, isPretty = isInteractive
): Promise<Logger> {
  const options = { level, redact: ['req.headers.authorization', 'headers.authorization'] }
  return pino(options, isPretty ? await prettified(output) : output)
}

async function prettified (output: Output): Promise<DestinationStream> {
  // Loaded only here: a server whose log is JSON starts faster without it.
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
  return { write: line => { output.write(pretty(line)) } }
}
