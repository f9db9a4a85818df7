import type { FastifyInstance, FastifyRequest } from 'fastify'
import { originForm } from './guard/authority.js'

/** The path of a request, without its query, in any form of its target. */
export function pathOf ({ url }: Pick<FastifyRequest, 'url'>): string {
  return originForm(url).replace(/[?#].*$/s, '')
}

/** The prefix of a scope or of a plugin's options, which may have parameters; '' without one. */
export function mountOf ({ prefix = '' }: { readonly prefix?: string }): string {
  return prefix.replace(/\/$/, '')
}

/**
 * What of a request's path belongs to the prefix under which a scope is mounted: `/acme/calc` of `/:tenant/calc`. It
 * has as many segments; its length may differ, also because a client may encode any character.
 */
function prefixOf (request: Pick<FastifyRequest, 'url'>, scope: Pick<FastifyInstance, 'prefix'>): string {
  return pathOf(request).split('/', mountOf(scope).split('/').length).join('/')
}

/** The path of a request below the prefix of a scope. */
export function pathBelow (request: Pick<FastifyRequest, 'url'>, scope: Pick<FastifyInstance, 'prefix'>): string {
  return pathOf(request).slice(prefixOf(request, scope).length)
}

/** The Location of a path below the prefix of a scope: a path of this server, in the characters of RFC 3986. */
export function locationOf (
  request: Pick<FastifyRequest, 'url'>, scope: Pick<FastifyInstance, 'prefix'>, path: string
): string {
  const location = inUrlCharacters(`${prefixOf(request, scope)}${path}`)
  // A reference that begins with two slashes names another server.
  return location.startsWith('//') ? `/.${location}` : location
}

/** Whether the path of a request ends with `/`, so that relative links lead below it. */
export function endsWithSlash (request: Pick<FastifyRequest, 'url'>): boolean {
  return pathOf(request).endsWith('/')
}

/** A reference to the path with `/` at its end, and the query. Relative, since a proxy may have removed a prefix. */
export function withSlash (request: Pick<FastifyRequest, 'url'>): string {
  const [, query = ''] = request.url.split('?', 2)
  const name = inUrlCharacters(pathOf(request).split('/').at(-1) ?? '')
  return `./${name}/${query === '' ? '' : `?${inUrlCharacters(query)}`}`
}

/** Encodes other characters than those of RFC 3986 in a path, through UTF-8, which has no lone surrogates. */
function inUrlCharacters (text: string): string {
  return text.replace(/[^\w.~!$&'()*+,;=:@/%-]/gu, char => encodeURIComponent(Buffer.from(char).toString()))
}
