import type { MessagePort } from 'node:worker_threads'

export type LogLevel = 'info' | 'warn' | 'error'

/** Details of a log line; plain data, because it crosses threads. */
export type LogData = Readonly<Record<string, string | number | boolean | null>>

/** What an agent needs of a logger; pino's has it. */
export type AgentLog = Readonly<Record<LogLevel, (data: LogData, message: string) => void>>

/** A log line on its way from a worker thread to the thread that owns the logger. */
export interface LogLine {
  readonly level: LogLevel
  readonly data: LogData
  readonly message: string
}

/** A logger for a worker thread: every line becomes a message on `port`. */
export function forwardingLog (port: MessagePort): AgentLog {
  return logOver(line => port.postMessage(line))
}

/** A logger for what several loops share: each line goes through the first of their loggers that is still open. */
export function sharedLog (logs: ReadonlySet<AgentLog>): AgentLog {
  return logOver(({ level, data, message }) => {
    const [log] = logs
    log?.[level](data, message)
  })
}

function logOver (write: (line: LogLine) => void): AgentLog {
  const writer = (level: LogLevel) => (data: LogData, message: string): void => write({ level, data, message })
  return { info: writer('info'), warn: writer('warn'), error: writer('error') }
}

/**
 * The message of an error. A connection that was refused on several addresses of one host is an AggregateError without
 * a message of its own.
 */
export function describeError (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  return error instanceof AggregateError ? error.errors.map(describeError).join('; ') : error.name
}
