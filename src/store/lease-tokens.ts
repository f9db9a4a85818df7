import { randomBytes } from 'node:crypto'

/**
 * Names attempts: 72 random bits for the process and a counter, so no other process makes the same name. The names tell
 * an agent's current lease from an earlier one; they are not secret.
 */
export function createLeaseTokens (): () => string {
  const process = randomName()
  let count = 0
  return () => `${process}.${(++count).toString(36)}`
}

/** A new name for a store, the prefix of its lease tokens; no two stores have the same. */
export const newIssuer = randomName

function randomName (): string {
  return randomBytes(9).toString('base64url')
}
