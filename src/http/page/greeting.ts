import type { FastifyInstance, FastifyRequest } from 'fastify'
import { authorityOf } from '../guard/authority.js'
import { linesOf } from '../guard/header-lines.js'
import { locationOf } from '../prefix.js'

/**
 * What the server is and where to go next, for `curl` and other programs.
 *
 * @param base the URL of the page, with `/` at its end
 */
export function greetingOf (base: string): string {
  const submit = shellWord(`${base}api/v1/calculate`)
  return `Longhand, a calculator for a world in which one addition takes a very long time.
It plans an expression, distributes the operations among agents, and lets you poll for the result.

In a browser, the page at this address shows the calculations as they go on:
  ${base}
The API is documented at:
  ${base}docs

Submit an expression:
  curl ${submit} -H 'Content-Type: application/json' -d '{"expression": "(1+2)*(3+4)-5/2"}'
Poll for its result, with the id from the answer in place of ID:
  curl ${shellWord(`${base}api/v1/expressions/ID?wait=30`)}
`
}

/**
 * The URL of the page as the client knows it, also behind a proxy that says so: X-Forwarded-Proto, and the path that it
 * has removed as X-Forwarded-Prefix. Both are used in texts for the client itself only.
 */
export function baseOf (request: FastifyRequest, scope: FastifyInstance): string {
  const [proto = ''] = linesOf(request.raw, 'x-forwarded-proto')
  const scheme = /^https?$/.test(proto) ? proto : request.protocol
  const [removed = ''] = linesOf(request.raw, 'x-forwarded-prefix')
  const prefix = /^(?:\/[\w.~-]+)+\/?$/.test(removed) ? removed.replace(/\/$/, '') : ''
  return `${scheme}://${hostOf(request)}${prefix}${locationOf(request, scope, '/')}`
}

function hostOf (request: FastifyRequest): string {
  const authority = authorityOf(request)
  if (authority === null || typeof authority === 'string') return 'localhost'
  return authority.port === '' ? authority.name : `${authority.name}:${authority.port}`
}

/** A URL as one word of a command line. */
function shellWord (url: string): string {
  return /^[\w.~:/@%+=,-]+$/.test(url) ? url : `'${url.replaceAll("'", '%27')}'`
}
