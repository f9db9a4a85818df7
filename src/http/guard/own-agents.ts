import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { linesOf } from './header-lines.js'

/** Whether a request comes from an agent of this process. */
export type OwnCheck = (request: Pick<IncomingMessage, 'rawHeaders'>) => boolean

/**
 * Compares the Authorization header unchanged, because every claim is checked: a digest costs several times as much.
 * A request with two such headers does not match.
 *
 * @param token the bearer token of these agents; without one nothing matches
 */
export function createOwnCheck (token?: string): OwnCheck {
  if (token === undefined) return () => false
  const expected = Buffer.from(`Bearer ${token}`, 'latin1')
  return request => {
    const [sent, ...others] = linesOf(request, 'authorization')
    return others.length === 0 && sent?.length === expected.length &&
      timingSafeEqual(Buffer.from(sent, 'latin1'), expected)
  }
}
