import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { linesOf } from './header-lines.js'

/** Whether a request comes from an agent of this very process. */
export type OwnCheck = (request: Pick<IncomingMessage, 'rawHeaders'>) => boolean

/**
 * Compares the Authorization line as it is, because every claim is checked: a digest costs several times as much. Of
 * two lines neither counts.
 *
 * @param token what these agents send as a bearer token; without one there are none
 */
export function createOwnCheck (token?: string): OwnCheck {
  if (token === undefined) return () => false
  const expected = Buffer.from(`Bearer ${token}`, 'latin1')
  return request => {
    const [shown, ...others] = linesOf(request, 'authorization')
    return others.length === 0 && shown?.length === expected.length &&
      timingSafeEqual(Buffer.from(shown, 'latin1'), expected)
  }
}
