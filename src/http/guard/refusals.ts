import type { FastifyInstance, RouteOptions } from 'fastify'

/** What the hooks of a scope refuse: status → description, for the API description. */
export type Refusals = Readonly<Record<number, string>>

declare module 'fastify' {
  interface FastifyContextConfig {
    refusals?: Refusals
  }
}

export const WRONG_HOST: Refusals = { 421: 'The Host header is not a name of this server (ALLOWED_HOSTS)' }
export const WRONG_ORIGIN: Refusals = { 403: 'A browser request from a page of another origin' }
export const TOKEN_REQUIRED: Refusals = { 401: 'Token missing or wrong' }

/**
 * Adds these refusals to the descriptions of a scope's routes. They are not in the schemas of the routes, because
 * Fastify compiles these at every start, and a refusal is not serialised by its schema.
 */
export function describeRefusals (scope: FastifyInstance, refusalsOf: (route: RouteOptions) => Refusals): void {
  scope.addHook('onRoute', route => {
    route.config = { ...route.config, refusals: { ...route.config?.refusals, ...refusalsOf(route) } }
  })
}
