import { createHash } from 'node:crypto'
import { type TSchema, TypeGuard } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Idempotency } from '../../core/expression.js'
import { domainError } from '../../core/errors.js'

const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * The Idempotency-Key of a request and what stands for its body; undefined without a key.
 *
 * @param meant says which members of the body have a meaning, in a fixed order: bodies that differ in
 *   spaces, in the order of their members or in members that are ignored are the same; called only for a key
 * @throws `idempotency_key_invalid`
 */
export function idempotencyOf (request: FastifyRequest, meant: () => readonly unknown[]): Idempotency | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !KEY.test(key)) throw domainError('idempotency_key_invalid')
  return { key, fingerprint: createHash('sha256').update(JSON.stringify(meant())).digest('base64url') }
}

/**
 * What of a task's input has a meaning: the members that its schema names. The kind is part of it, because all services
 * share their keys.
 */
export function significantMembers (kind: string, schema: TSchema, input: unknown): readonly unknown[] {
  const names = TypeGuard.IsObject(schema) ? Object.keys(schema.properties) : []
  const members = input as Readonly<Record<string, unknown>>
  return [kind, ...names.map(name => [name, ordered(members[name])])]
}

/** An object's members have no order; what is in them is taken as it is written. */
function ordered (value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? sortedMembers(value as Readonly<Record<string, unknown>>) : value
}

/**
 * An object's members in the order of their names. 100,000 are sorted in 25 ms; as pairs it takes 0.7 s, because each
 * comparison writes both as texts.
 */
export function sortedMembers (members: Readonly<Record<string, unknown>>): Array<[name: string, value: unknown]> {
  return Object.keys(members).sort().map(name => [name, members[name]])
}
