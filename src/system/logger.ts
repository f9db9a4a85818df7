import { isatty } from 'node:tty'
import { pino, type DestinationStream, type Logger } from 'pino'
import { type Output, stdout } from './output.js'
import type { Settings } from '../settings.js'

/** Whether a person reads what the process writes to stdout. */
export const isForPeople = isatty(1)

/**
 * The log of a process, on stdout: readable on a terminal, one JSON object a line elsewhere. What
 * stdout is decides, not NODE_ENV, so that nobody has to configure it. Lines are written before
 * the call returns: the last words of a process that ends are kept. What cannot be written is dropped; pino's own
 * stream would try for ever.
 */
export async function createLogger (
  level: Settings['LOG_LEVEL'], output: Output = stdout, isPretty = isForPeople
): Promise<Logger> {
  const options = { level, redact: ['req.headers.authorization', 'headers.authorization'] }
  return pino(options, isPretty ? await prettified(output) : output)
}

async function prettified (output: Output): Promise<DestinationStream> {
  // Loaded only here: it costs a server in a container start-up time for nothing.
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
  return { write: line => { output.write(pretty(line)) } }
}
