import { type Static, type TSchema, TypeGuard } from '@sinclair/typebox'
import { type ValueError, TypeCompiler, ValueErrorType } from '@sinclair/typebox/compiler'
import type { FastifySchemaCompiler } from 'fastify'
import { type DomainError, type ErrorCode, domainError } from '../../core/errors.js'
import { isRecord } from './record.js'
import { TEXT_FORMAT, TEXT_RULE } from '../schemas/text.js'

/** The error of a request with an invalid part, unless the schema of the part names another. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  body: 'body_invalid',
  querystring: 'query_invalid',
  params: 'route_unknown',
  headers: 'query_invalid'
}

/**
 * Numbers in paths and queries: no sign other than −, no exponent, no leading zeros, by which one id would have several
 * forms. An integer that a double cannot represent stays a text, because it would become another one.
 */
const PLAIN_INTEGER = /^-?(?:0|[1-9]\d*)$/
const PLAIN_DECIMAL = /^-?(?:\d+(?:\.\d*)?|\.\d+)$/

/**
 * Compiles a schema into a check. Bodies are not changed; in queries and paths, where every value is a text, numbers
 * are parsed. Members that the schema does not name are kept. An invalid part is refused with an error of the table.
 *
 * TypeBox's own compiler instead of Ajv, because it reports which schema failed, and that schema names the error's
 * code; and not Value.Convert, because it reads `true` as 1 and walks the schema again for each request.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) =>
  compileCheck(schema, httpPart)

/** The same for a part of a request that a route validates itself. */
export function compileCheck<T extends TSchema> (schema: T, httpPart: string): (value: unknown) => Checked<Static<T>> {
  const check = TypeCompiler.Compile(schema)
  const numbers = httpPart === 'body' ? [] : numbersOf(schema)
  return value => {
    if (numbers.length > 0) parseNumbers(value, numbers)
    if (check.Check(value)) return { value }
    return { error: refusal(CODES[httpPart] ?? 'internal', check.Errors(value).First()) }
  }
}

type Checked<T> =
  | { readonly value: T, readonly error?: never }
  | { readonly value?: never, readonly error: DomainError }

interface NumberMember {
  readonly name: string
  readonly pattern: RegExp
}

function numbersOf (schema: TSchema): NumberMember[] {
  if (!TypeGuard.IsObject(schema)) return []
  return Object.entries(schema.properties).flatMap(([name, member]) => {
    if (TypeGuard.IsInteger(member)) return [{ name, pattern: PLAIN_INTEGER }]
    return TypeGuard.IsNumber(member) ? [{ name, pattern: PLAIN_DECIMAL }] : []
  })
}

/** In place: the query and the params belong to this request alone. Other texts stay, and fail the check. */
function parseNumbers (value: unknown, numbers: readonly NumberMember[]): void {
  if (!isRecord(value)) return
  for (const { name, pattern } of numbers) {
    const text = value[name]
    if (typeof text !== 'string' || !pattern.test(text)) continue
    const number = Number(text)
    if (pattern !== PLAIN_INTEGER || Number.isSafeInteger(number)) value[name] = number
  }
}

function refusal (code: ErrorCode, error: ValueError | undefined): DomainError {
  if (error === undefined) return domainError(code, { reason: 'it does not match its schema' })
  const fault = faultIn(error)
  const { path, schema, value } = fault
  const name = shortened(path.slice(1).replaceAll('/', '.'))
  const reason = reasonOf(fault, name)
  const isShown = typeof value === 'string' || typeof value === 'number'
  const data = isShown && name !== '' ? { reason, [name]: value } : { reason }
  return domainError(schema['x-error-code'] ?? code, data)
}

/** A client may send a name of a megabyte, which the response does not repeat. */
function shortened (name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…` : name
}

const MAX_NAME_LENGTH = 100

/** For a value that may be null, the error within its other type: TypeBox reports only the union. */
function faultIn (error: ValueError): ValueError {
  const { schema, value } = error
  if (!TypeGuard.IsUnion(schema) || value === null) return error
  const others = schema.anyOf.flatMap((member, index) => TypeGuard.IsNull(member) ? [] : [error.errors[index]])
  const [inner] = others.map(errors => errors?.First())
  const isWithin = others.length === 1 && inner !== undefined && inner.path.length > error.path.length
  return isWithin ? inner : error
}

function reasonOf ({ type, schema, value, message }: ValueError, name: string): string {
  if (name === '') return value === null ? 'it is missing' : decapitalise(message)
  if (type === ValueErrorType.ObjectRequiredProperty) return `"${name}" is missing`
  if (type === ValueErrorType.StringFormat && schema.format === TEXT_FORMAT) return `"${name}": ${TEXT_RULE}`
  const isTooLarge = TypeGuard.IsInteger(schema) && typeof value === 'string' && PLAIN_INTEGER.test(value)
  if (isTooLarge) return `"${name}": expected an integer up to ${schema.maximum ?? Number.MAX_SAFE_INTEGER}`
  return `"${name}": ${decapitalise(expectation(schema, message))}`
}

/** TypeBox only reports that a union was expected; its description says of what. */
function expectation (schema: TSchema, message: string): string {
  return TypeGuard.IsUnion(schema) && schema.description !== undefined ? `Expected ${schema.description}` : message
}

function decapitalise (text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
