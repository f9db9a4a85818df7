import type { FastifyInstance, RouteOptions } from 'fastify'

/** What the hooks of a scope refuse, for the description of its routes: status → when it is given. */
export type Refusals = Readonly<Record<number, string>>

declare module 'fastify' {
  interface FastifyContextConfig {
    refusals?: Refusals
  }
}

export const WRONG_HOST: Refusals = { 421: 'The Host is no name of this server; ALLOWED_HOSTS says which there are' }
export const WRONG_ORIGIN: Refusals = { 403: 'The request comes from a page of another origin' }
export const NO_TOKEN: Refusals = { 401: 'It needs the token, which is missing or another one' }

/**
 * Has the routes of a scope described with these refusals beside their own. Apart from their schemas, because Fastify
 * compiles what is in these at every start, and a refusal is not written by its schema.
 */
export function describeRefusals (scope: FastifyInstance, refusalsOf: (route: RouteOptions) => Refusals): void {
  scope.addHook('onRoute', route => {
    route.config = { ...route.config, refusals: { ...route.config?.refusals, ...refusalsOf(route) } }
  })
}
