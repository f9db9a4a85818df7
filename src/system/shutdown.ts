/** How a process ends: on a signal, on an error that nothing caught, or when there is nothing left to do. */
import { isatty } from 'node:tty'
import type { Clock } from '../core/clock.js'
import { systemClock } from './clock.js'

export type ShutdownReason =
  | { readonly signal: NodeJS.Signals }
  | { readonly error: unknown }
  | { readonly reason: string }

export interface ShutdownOptions {
  readonly log: { error (data: object, message: string): void }
  /** Finishes what was begun. */
  readonly close: (reason: ShutdownReason) => Promise<void>
  /** How long that may take, in ms; Infinity when it is bounded already. */
  readonly limitMs: number
  readonly host?: Host
}

/** What a shutdown needs of the process. */
export interface Host extends Pick<Clock, 'monotonic' | 'after'> {
  on (event: string, listener: (argument: unknown) => void): unknown
  /** Ends the process at once. */
  exit (code: number): void
}

/** SIGHUP: the terminal was closed. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const

/**
 * Signals that follow the first within this time are the same request: a supervisor signals the process and its group,
 * and Ctrl+C under npm comes from the terminal and from npm.
 */
const SAME_REQUEST_MS = 500

/**
 * Closes once and ends the process; a second signal after that, or a second error, ends it at once.
 *
 * @returns `begin` shuts down for a reason of the caller's; only the first reason counts
 */
export function shutDownGracefully ({ log, close, limitMs, host = thisProcess }: ShutdownOptions) {
  let beganAt: number | null = null

  function begin (reason: ShutdownReason): void {
    if (beganAt !== null) return
    beganAt = host.monotonic()
    if (Number.isFinite(limitMs)) {
      host.after(limitMs, () => {
        log.error({ limitMs }, 'Closing takes too long; exiting')
        host.exit(1)
      })
    }
    close(reason).then(
      () => host.exit('error' in reason ? 1 : 0),
      error => {
        log.error({ err: error }, 'Closing failed')
        host.exit(1)
      }
    )
  }

  function onSignal (signal: NodeJS.Signals): void {
    if (beganAt === null) return begin({ signal })
    if (host.monotonic() - beganAt < SAME_REQUEST_MS) return
    log.error({ signal }, 'Second signal; exiting')
    host.exit(1)
  }

  function onError (error: unknown): void {
    if (beganAt === null) return begin({ error })
    log.error({ err: error }, 'Error while closing; exiting')
    host.exit(1)
  }

  for (const signal of SIGNALS) host.on(signal, () => onSignal(signal))
  for (const event of ['uncaughtException', 'unhandledRejection']) host.on(event, onError)
  host.on('beforeExit', () => begin({ reason: 'nothing is left to do' }))
  return { begin }
}

const terminals = [0, 1, 2].filter(descriptor => isatty(descriptor))

/**
 * Ends the process at once. If the terminal is gone, SIGHUP ends it, as it ends any process whose terminal closes:
 * Node.js 20 aborts or spins at exit then, because it cannot reset the terminal (nodejs/node#51519).
 */
export function exitNow (code: number): void {
  if (terminals.every(descriptor => isatty(descriptor))) process.exit(code)
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

const thisProcess: Host = {
  ...systemClock,
  on: (event, listener) => process.on(event, listener),
  exit: exitNow
}
