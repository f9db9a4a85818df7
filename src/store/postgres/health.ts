import type { Clock } from '../../core/clock.js'
import { claimCall } from './claim.js'
import type { StoreContext } from './context.js'
import { reportCall } from './report.js'
import { alive } from './sql/liveness.js'
import { call } from './statement.js'
import { submitCall } from './submit.js'

/** After this time, in ms, a sign of life that waits for the database shows that verbs would wait, too. */
const MOST_MS = 3_000

/**
 * Whether verbs would succeed now. Each check is a sign of life and the statements that write, with nothing to do:
 * before it reads rows, PostgreSQL verifies that all of their tables exist, that the role may write them, and that the
 * transaction is not read-only. So nothing is locked, and no row is written except the sign of life.
 */
export function createHealth (context: StoreContext, clock: Pick<Clock, 'after'>) {
  let healthy = true

  return {
    get healthy () {
      return healthy
    },

    /** @throws the error that a verb would meet */
    async check () {
      const cancel = clock.after(MOST_MS, () => { healthy = false })
      try {
        await context.run([
          submitCall(context, [], []),
          reportCall([], false),
          claimCall(context, [{ agent: null, symbols: [], max: 1 }]),
          call(alive, { server: context.server })
        ])
        healthy = true
      } catch (error) {
        healthy = false
        throw error
      } finally {
        cancel()
      }
    }
  }
}
