import { createHash } from 'node:crypto'
import { type TSchema, TypeGuard } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Idempotency } from '../../core/expression.js'
import { domainError } from '../../core/errors.js'
import { isRecord } from './record.js'

const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * The Idempotency-Key of a request and a fingerprint of its body; undefined without a key.
 *
 * @param used returns the members of the body that are used, in a fixed order: bodies are the same if they differ
 *   only in spaces, in the order of members or in ignored members; called only when there is a key
 * @throws `idempotency_key_invalid`
 */
export function idempotencyOf (request: FastifyRequest, used: () => readonly unknown[]): Idempotency | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !KEY.test(key)) throw domainError('idempotency_key_invalid')
  return { key, fingerprint: createHash('sha256').update(JSON.stringify(used())).digest('base64url') }
}

/**
 * The members of a task's input that are used: those that its schema names. The kind is included, because all services
 * share one set of keys.
 */
export function usedMembers (kind: string, schema: TSchema, input: unknown): readonly unknown[] {
  const names = TypeGuard.IsObject(schema) ? Object.keys(schema.properties) : []
  const members = isRecord(input) ? input : {}
  return [kind, ...names.map(name => [name, ordered(members[name])])]
}

/** The members of an object in a fixed order; other values, and what is in the members, unchanged. */
function ordered (value: unknown): unknown {
  return isRecord(value) ? sortedMembers(value) : value
}

/**
 * The members of an object, sorted by name. Sorting 100,000 names takes 25 ms; sorting pairs takes 0.7 s, because each
 * comparison converts both to texts.
 */
export function sortedMembers (members: Readonly<Record<string, unknown>>): Array<[name: string, value: unknown]> {
  return Object.keys(members).sort().map(name => [name, members[name]])
}
