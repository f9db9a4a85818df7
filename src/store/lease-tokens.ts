import { randomBytes } from 'node:crypto'

/**
 * Makes names of attempts that no other process life makes: 72 random bits for the process, and a
 * counter. Tokens made of them keep stale agents apart; they are no secret.
 */
export function createLeaseTokens (): () => string {
  const process = randomBytes(9).toString('base64url')
  let count = 0
  return () => `${process}.${(++count).toString(36)}`
}

/** A name for a store that no other store has: 72 random bits. Each of its lease tokens begins with it. */
export function createIssuerName (): string {
  return randomBytes(9).toString('base64url')
}
