import type { FastifyInstance, FastifyRequest } from 'fastify'

/** The path of a request, without its query. */
export function pathOf ({ url }: Pick<FastifyRequest, 'url'>): string {
  return url.replace(/[?#].*$/s, '')
}

/** The prefix of a scope or of a plugin's options, which may have parameters; '' without one. */
export function mountOf ({ prefix = '' }: { readonly prefix?: string }): string {
  return prefix.replace(/\/$/, '')
}

/**
 * What of a request's path belongs to the prefix under which a scope is mounted: `/acme/calc` of `/:tenant/calc`.
 */
export function prefixOf (request: Pick<FastifyRequest, 'url'>, scope: Pick<FastifyInstance, 'prefix'>): string {
  const mount = mountOf(scope)
  return mount.includes(':') ? pathOf(request).split('/', mount.split('/').length).join('/') : mount
}

/** The path of a request below the prefix of a scope. */
export function pathBelow (request: Pick<FastifyRequest, 'url'>, scope: Pick<FastifyInstance, 'prefix'>): string {
  return pathOf(request).slice(prefixOf(request, scope).length)
}
