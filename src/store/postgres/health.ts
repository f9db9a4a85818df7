import type { Clock } from '../../core/clock.js'
import { claimCall } from './claim.js'
import type { Session } from './session.js'
import { settleCall } from './report.js'
import { alive } from './sql/presence.js'
import { type Call, call } from './statement.js'
import { submitCall } from './submit.js'

/**
 * Whether verbs would be done now, found out with each sign of life. The statements that write are sent with nothing to
 * do: PostgreSQL checks for all of their tables that they exist, that the role may write them, and that the transaction
 * is not read-only before it looks at rows. So nothing is locked and no row is written but the sign of life itself.
 */
export interface Health {
  readonly well: boolean
  /** @throws what a verb would meet */
  look (): Promise<void>
}

/** A sign of life that takes longer, in ms, is one that a verb would wait for in vain. */
const PATIENCE_MS = 3_000

export function createHealth (session: Session, clock: Pick<Clock, 'after'>): Health {
  let well = true

  function calls (): Call[] {
    return [
      submitCall(session, [], []),
      settleCall(session, [], false),
      claimCall(session, [{ agent: null, symbols: [], max: 1 }]),
      call(alive, { server: session.server }, session.moment())
    ]
  }

  return {
    get well () {
      return well
    },

    async look () {
      const cancel = clock.after(PATIENCE_MS, () => { well = false })
      try {
        await session.run(calls())
        well = true
      } catch (error) {
        well = false
        throw error
      } finally {
        cancel()
      }
    }
  }
}
