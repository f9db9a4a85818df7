import { timingSafeEqual } from 'node:crypto'

/**
 * Whether an Authorization header is that of the agents of this very process. Every claim is asked, so the header is
 * compared as it is; a digest would cost several times as much.
 *
 * @param token what these agents send as a bearer token; without one there are none
 */
export function createOwnCheck (token: string | undefined): (authorization: string | undefined) => boolean {
  if (token === undefined) return () => false
  const expected = Buffer.from(`Bearer ${token}`, 'latin1')
  return authorization => authorization?.length === expected.length &&
    timingSafeEqual(Buffer.from(authorization, 'latin1'), expected)
}
