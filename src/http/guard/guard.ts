import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { hostname } from 'node:os'
import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { domainError } from '../../core/errors.js'
import { type Authority, authorityOf } from './authority.js'
import { hasLine, linesOf } from './header-lines.js'
import { isCrossOrigin, hidesOrigin, isNavigation, originOf } from './origin.js'
import type { OwnCheck } from './own-agents.js'
import { isLoopback, plainAddress, rangeCheck } from './peers.js'

export interface GuardSettings {
  /** The bearer token of agents. Without one, agents on other machines are refused unless INTERNAL_ALLOW has them. */
  readonly INTERNAL_TOKEN?: string
  /** Addresses and CIDR ranges of peers that need no token for requests that they do not forward. */
  readonly INTERNAL_ALLOW: readonly string[]
  /** Further names of this server, without a port. */
  readonly ALLOWED_HOSTS: readonly string[]
  /** Other origins whose pages may use the public API. */
  readonly ALLOWED_ORIGINS: readonly string[]
}

/**
 * The headers that proxies add to a request that they forward, beside X-Forwarded-*. A request with one of them is not
 * trusted for its address. docs/operations.md has the same list.
 */
export const FORWARDING: ReadonlySet<string> = new Set([
  'forwarded', 'via', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'cf-connecting-ip', 'true-client-ip'
])

/** The safe methods of RFC 9110, section 9.2.1. A few routes change state by GET nevertheless. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export type Guard = ReturnType<typeof createGuard>

/**
 * Access to the routes, as onRequest hooks. Each refuses with an error of the table, and decides on the header lines as
 * they arrived; `header-checks.ts` has refused malformed ones.
 *
 * @param isOwn agents of this process have access whatever the settings are
 * @throws Error when INTERNAL_ALLOW has something that is not an address or a range.
 */
export function createGuard (settings: GuardSettings, isOwn: OwnCheck) {
  const isServed = hostCheck([hostname(), 'localhost', ...settings.ALLOWED_HOSTS])
  const isAllowed = rangeCheck(settings.INTERNAL_ALLOW)
  const isToken = tokenCheck(settings.INTERNAL_TOKEN)
  // A proxy on this machine may add no header. Where agents have a token, loopback therefore proves nothing.
  const isTrusted = settings.INTERNAL_TOKEN === undefined
    ? (peer: string) => isLoopback(peer) || isAllowed(peer)
    : isAllowed
  const origins = new Set(settings.ALLOWED_ORIGINS)
  const isDisallowed = (request: FastifyRequest): boolean =>
    isCrossOrigin(request) && !(origins.size > 0 && origins.has(originOf(request) ?? ''))

  return {
    /**
     * Refuses names that are not this server's: a page of another site can point its own name at this address (DNS
     * rebinding) and then counts as same-origin.
     */
    host (request, _reply, done) {
      const authority = authorityOf(request)
      if (authority !== null && typeof authority !== 'string' && isServed(authority)) done()
      else done(domainError('host_refused', { found: hostText(authority) }))
    },

    /** For agents' routes: refuses pages of other origins, and browser requests that hide their origin. */
    originOfAgents (request, _reply, done) {
      if (isCrossOrigin(request) || hidesOrigin(request)) done(domainError('origin_refused'))
      else done()
    },

    /** For GETs that change state: the same, except for navigation, such as a typed address. */
    originOfGets (request, _reply, done) {
      if (isDisallowed(request) || (hidesOrigin(request) && !isNavigation(request))) done(domainError('origin_refused'))
      else done()
    },

    /** Refuses pages of other origins, with every method except the safe ones. */
    originOfChanges (request, _reply, done) {
      if (!SAFE_METHODS.has(request.method) && isDisallowed(request)) done(domainError('origin_refused'))
      else done()
    },

    /**
     * Admits agents with the token, peers in INTERNAL_ALLOW without a proxy and, where no token is set, this machine
     * without a proxy.
     */
    agents ({ raw }, _reply, done) {
      if (isOwn(raw)) return done()
      // The address of the socket, not one from a header. It is undefined once the socket is closed.
      const peer = plainAddress(raw.socket.remoteAddress ?? '')
      if ((isTrusted(peer) && !hasLine(raw, isForwarding)) || isToken(linesOf(raw, 'authorization'))) done()
      else done(domainError('token_required'))
    }
  } satisfies Record<string, onRequestHookHandler>
}

/** Whether an authority is an IP address, one of the names, or a host name below localhost. */
function hostCheck (names: readonly string[]): (authority: Authority) => boolean {
  const known = new Set(names.filter(name => name !== '').map(name => name.toLowerCase()))
  return ({ name }) => {
    if (name.startsWith('[') || isIPv4(name)) return true
    const relative = name.replace(/\.$/, '')
    return known.has(relative) || /^(?:[a-z0-9_-]+\.)+localhost$/.test(relative)
  }
}

function hostText (authority: Authority | null | string): string {
  if (authority === null || typeof authority === 'string' || authority.name === '') return '(none)'
  return authority.port === '' ? authority.name : `${authority.name}:${authority.port}`
}

/** Clients of a proxy on this machine are not local, and those of a proxy in INTERNAL_ALLOW are not admitted. */
function isForwarding (name: string): boolean {
  return FORWARDING.has(name) || name.startsWith('x-forwarded-')
}

/**
 * Compares digests, which have equal lengths, in constant time, so that the response time reveals nothing of the token.
 * A request with two Authorization headers does not match.
 */
function tokenCheck (token: string | undefined): (authorizations: readonly string[]) => boolean {
  if (token === undefined) return () => false
  const expected = digest(token)
  return ([authorization = '', ...others]) => {
    const sent = /^bearer +(\S+) *$/i.exec(authorization)?.[1]
    return sent !== undefined && others.length === 0 && timingSafeEqual(digest(sent), expected)
  }
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
