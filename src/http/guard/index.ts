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
  /** What agents send; without it there is no way in for agents on other machines. */
  readonly INTERNAL_TOKEN?: string
  /** Addresses and CIDR ranges of peers that need no token, unless they pass on what others ask. */
  readonly INTERNAL_ALLOW: readonly string[]
  /** Names of this server beside its own, without a port. */
  readonly ALLOWED_HOSTS: readonly string[]
  /** Other origins whose pages may use the public API. */
  readonly ALLOWED_ORIGINS: readonly string[]
}

/**
 * What proxies add when they pass a request on; X-Forwarded-* as well. The closed list of what makes a stranger of
 * whoever asks: docs/operations.md has it, too.
 */
export const FORWARDING: ReadonlySet<string> = new Set([
  'forwarded', 'via', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'cf-connecting-ip', 'true-client-ip'
])

/**
 * Access to the routes, as onRequest hooks. Each refuses with an error of the table, and decides on the header lines as
 * they arrived; arrival.ts has refused what is malformed.
 */
export interface Guard {
  /**
   * Refuses names that are not this server's: a page of a foreign site can point its own name at
   * this address (DNS rebinding) and then counts as same-origin.
   */
  readonly host: onRequestHookHandler
  /** Refuses what a page of another origin asks of an agent's route, or what a browser hides the origin of. */
  readonly originOfAgents: onRequestHookHandler
  /** The same for a GET that changes state; an address that a user types comes from no page. */
  readonly originOfGets: onRequestHookHandler
  /** Refuses what a page of another origin asks for, with every method but GET, HEAD and OPTIONS. */
  readonly originOfChanges: onRequestHookHandler
  /**
   * Lets agents in: with the token; from INTERNAL_ALLOW through no proxy; and, where there is no token to ask for, from
   * this machine through none.
   */
  readonly agents: onRequestHookHandler
}

/** Methods that change nothing, unless a route says otherwise. */
export const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * @param isOwn the agents of this very process get in whatever the settings say
 * @throws Error when INTERNAL_ALLOW holds something that is not an address or a range.
 */
export function createGuard (settings: GuardSettings, isOwn: OwnCheck): Guard {
  const isServed = hostCheck([hostname(), 'localhost', ...settings.ALLOWED_HOSTS])
  const isAllowed = rangeCheck(settings.INTERNAL_ALLOW)
  const isToken = tokenCheck(settings.INTERNAL_TOKEN)
  // A proxy on this machine need not say that it is one. Where agents have a token, loopback proves nothing.
  const isTrusted = settings.INTERNAL_TOKEN === undefined
    ? (peer: string) => isLoopback(peer) || isAllowed(peer)
    : isAllowed
  const origins = new Set(settings.ALLOWED_ORIGINS)
  const isStrange = (request: FastifyRequest): boolean =>
    isCrossOrigin(request) && !(origins.size > 0 && origins.has(originOf(request) ?? ''))

  return {
    host (request, _reply, done) {
      const authority = authorityOf(request)
      if (authority !== null && typeof authority !== 'string' && isServed(authority)) done()
      else done(domainError('host_refused', { found: shown(authority) }))
    },

    originOfAgents (request, _reply, done) {
      if (isCrossOrigin(request) || hidesOrigin(request)) done(domainError('origin_refused'))
      else done()
    },

    originOfGets (request, _reply, done) {
      if (isStrange(request) || (hidesOrigin(request) && !isNavigation(request))) done(domainError('origin_refused'))
      else done()
    },

    originOfChanges (request, _reply, done) {
      if (!READING.has(request.method) && isStrange(request)) done(domainError('origin_refused'))
      else done()
    },

    agents ({ raw }, _reply, done) {
      if (isOwn(raw)) return done()
      // The socket's address, whatever a proxy says of it. It is undefined once the socket is closed.
      const peer = plainAddress(raw.socket.remoteAddress ?? '')
      if ((isTrusted(peer) && !hasLine(raw, isForwarding)) || isToken(linesOf(raw, 'authorization'))) done()
      else done(domainError('token_required'))
    }
  }
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

function shown (authority: Authority | null | string): string {
  if (authority === null || typeof authority === 'string' || authority.name === '') return '(none)'
  return authority.port === '' ? authority.name : `${authority.name}:${authority.port}`
}

/** A proxy on this machine does not make its clients local, and one in INTERNAL_ALLOW does not let its clients in. */
function isForwarding (name: string): boolean {
  return FORWARDING.has(name) || name.startsWith('x-forwarded-')
}

/**
 * Compares digests, which have one length, in constant time: an answer tells nothing of the token. Of two lines it
 * could not be told which one counts, so neither does.
 */
function tokenCheck (token: string | undefined): (authorizations: readonly string[]) => boolean {
  if (token === undefined) return () => false
  const expected = digest(token)
  return ([authorization = '', ...others]) => {
    const shown = /^bearer +(\S+) *$/i.exec(authorization)?.[1]
    return shown !== undefined && others.length === 0 && timingSafeEqual(digest(shown), expected)
  }
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
