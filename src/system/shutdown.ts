/** How a process ends: on a signal, on an error that nothing caught, or when there is nothing left to do. */
import { isatty } from 'node:tty'

/** Why it ends. */
export type Cause =
  | { readonly signal: NodeJS.Signals }
  | { readonly error: unknown }
  | { readonly reason: string }

export interface EndingOptions {
  readonly log: { error (data: object, message: string): void }
  /** Finishes what was begun. */
  readonly close: (cause: Cause) => Promise<void>
  /** How long that may take, in ms; Infinity when it is bounded already. */
  readonly limitMs: number
  readonly host?: Host
}

export interface Ending {
  /** Ends the process; only the first cause counts. */
  end (cause: Cause): void
}

/** What of the process an ending needs. */
export interface Host {
  on (event: string, listener: (argument: unknown) => void): unknown
  /** Ends at once. */
  leave (code: number): void
  /** In ms. */
  monotonic (): number
}

/** SIGHUP: the terminal was closed. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const

/**
 * Signals that follow the first within so many ms are the same wish: a supervisor signals the process and its group,
 * and Ctrl+C under npm comes from the terminal and from npm.
 */
const ONE_WISH_MS = 500

/** Closes once and ends; a later second signal, or a second error, ends at once. */
export function endGracefully ({ log, close, limitMs, host = thisProcess }: EndingOptions): Ending {
  let beganAt: number | null = null

  function begin (cause: Cause): void {
    beganAt = host.monotonic()
    if (Number.isFinite(limitMs)) {
      setTimeout(() => {
        log.error({ limitMs }, 'Closing takes too long; exiting')
        host.leave(1)
      }, limitMs).unref()
    }
    close(cause).then(
      () => host.leave('error' in cause ? 1 : 0),
      error => {
        log.error({ err: error }, 'Closing failed')
        host.leave(1)
      }
    )
  }

  function onSignal (signal: NodeJS.Signals): void {
    if (beganAt === null) return begin({ signal })
    if (host.monotonic() - beganAt < ONE_WISH_MS) return
    log.error({ signal }, 'Second signal; exiting')
    host.leave(1)
  }

  function onError (error: unknown): void {
    if (beganAt === null) return begin({ error })
    log.error({ err: error }, 'Error while closing; exiting')
    host.leave(1)
  }

  for (const signal of SIGNALS) host.on(signal, () => onSignal(signal))
  for (const event of ['uncaughtException', 'unhandledRejection']) host.on(event, onError)
  host.on('beforeExit', () => { if (beganAt === null) begin({ reason: 'nothing is left to do' }) })
  return { end (cause) { if (beganAt === null) begin(cause) } }
}

const terminals = [0, 1, 2].filter(descriptor => isatty(descriptor))

/**
 * Ends the process at once. Where its terminal is gone, the way that a closed terminal ends any process: Node.js 20
 * aborts or spins at exit then, because it cannot reset the terminal (nodejs/node#51519).
 */
export function leave (code: number): void {
  if (terminals.every(descriptor => isatty(descriptor))) process.exit(code)
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

const thisProcess: Host = {
  on: (event, listener) => process.on(event, listener),
  leave,
  monotonic: () => performance.now()
}
