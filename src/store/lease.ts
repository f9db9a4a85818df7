import { randomBytes } from 'node:crypto'

/**
 * Makes lease tokens that no other process life makes: 72 random bits for the process, and a
 * counter. They name attempts and keep stale agents apart; they are no secret.
 */
export function createLeaseTokens (): () => string {
  const process = randomBytes(9).toString('base64url')
  let count = 0
  return () => `${process}.${(++count).toString(36)}`
}
