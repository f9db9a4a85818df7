import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { hostname } from 'node:os'
import type { onRequestHookHandler } from 'fastify'
import { domainError } from '../core/errors.js'
import { isForeign, isHidden, isNavigation } from './origin.js'

export interface GuardSettings {
  /** What agents on other machines show; without it there is no way in for them. */
  readonly INTERNAL_TOKEN?: string
  /** Addresses and CIDR ranges of peers that need no token, unless they pass on what others ask. */
  readonly INTERNAL_ALLOW: readonly string[]
  /** Names of this server beside its own, without a port. */
  readonly ALLOWED_HOSTS: readonly string[]
}

/**
 * What proxies add when they pass a request on; X-Forwarded-* as well. The closed list of what makes a stranger of
 * whoever asks: docs/operations.md has it, too.
 */
export const FORWARDING: ReadonlySet<string> = new Set([
  'forwarded', 'via', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'cf-connecting-ip', 'true-client-ip'
])

/** Who may do what, as onRequest hooks. Each refuses with an error of the table. */
export interface Guard {
  /**
   * Refuses names that are not this server's: a page of a foreign site can point its own name at
   * this address (DNS rebinding) and then counts as same-origin.
   */
  readonly host: onRequestHookHandler
  /** Refuses what a page of another origin asks of an agent's route, or what a browser hides the origin of. */
  readonly originOfAgents: onRequestHookHandler
  /** The same for a GET that changes state; an address that somebody types is none of a page. */
  readonly originOfGets: onRequestHookHandler
  /** Refuses what a page of another origin asks for, with every method but GET, HEAD and OPTIONS. */
  readonly originOfChanges: onRequestHookHandler
  /** Lets agents in: from this machine or from INTERNAL_ALLOW and through no proxy, or with the token. */
  readonly agents: onRequestHookHandler
}

const NO_HOST = { reason: 'it has no Host' }

/** Methods that change nothing, unless a route says otherwise. */
export const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * @param ownToken what the agents of this very process show; it counts beside INTERNAL_TOKEN
 * @throws Error when INTERNAL_ALLOW holds something that is not an address or a range.
 */
export function createGuard (settings: GuardSettings, machine: string = hostname(), ownToken?: string): Guard {
  const isServed = hostCheck([machine, 'localhost', ...settings.ALLOWED_HOSTS])
  const isAllowed = rangeCheck(settings.INTERNAL_ALLOW)
  const isToken = tokenCheck([settings.INTERNAL_TOKEN, ownToken])

  return {
    host ({ headers: { host }, raw }, _reply, done) {
      if (host !== undefined && isServed(host)) done()
      // RFC 9112, section 3.2; before HTTP/1.1 there was none.
      else if (host === undefined && raw.httpVersion === '1.1') done(domainError('request_malformed', NO_HOST))
      else done(domainError('host_refused', { found: host || '(none)' }))
    },

    originOfAgents ({ headers }, _reply, done) {
      if (isForeign(headers) || isHidden(headers)) done(domainError('origin_refused'))
      else done()
    },

    originOfGets ({ headers }, _reply, done) {
      if (isForeign(headers) || (isHidden(headers) && !isNavigation(headers))) done(domainError('origin_refused'))
      else done()
    },

    originOfChanges ({ headers, method }, _reply, done) {
      if (!READING.has(method) && isForeign(headers)) done(domainError('origin_refused'))
      else done()
    },

    agents ({ raw: { socket }, headers }, _reply, done) {
      // The socket's address, whatever a proxy says of it. It is undefined once the socket is closed.
      const peer = plainAddress(socket.remoteAddress ?? '')
      const isKnown = (isLoopback(peer) || isAllowed(peer)) && !isForwarded(headers)
      if (isKnown || isToken(headers.authorization)) done()
      else done(domainError('token_required'))
    }
  }
}

/** Whether a Host header is an IP address, one of the names, or below localhost. */
function hostCheck (names: readonly string[]): (host: string) => boolean {
  const known = new Set(names.map(name => name.toLowerCase()))
  let lastServed: string | undefined
  return host => {
    if (host === lastServed) return true
    const name = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host)?.[1]?.toLowerCase().replace(/\.$/, '') ?? ''
    const served = known.has(name) || name.endsWith('.localhost') || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
    if (served) lastServed = host
    return served
  }
}

/** A proxy on this machine does not make its clients local, and one in INTERNAL_ALLOW lets nobody else in. */
function isForwarded (headers: IncomingHttpHeaders): boolean {
  for (const name in headers) {
    if (FORWARDING.has(name) || name.startsWith('x-forwarded-')) return true
  }
  return false
}

function isLoopback (peer: string): boolean {
  return peer.startsWith('127.') || peer === '::1'
}

/** IPv4 in its own form where it came as IPv6. */
function plainAddress (address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function rangeCheck (ranges: readonly string[]): (peer: string) => boolean {
  if (ranges.length === 0) return () => false
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = familyOf(address)
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return peer => isIP(peer) !== 0 && list.check(peer, familyOf(peer))
}

function familyOf (address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

/** Compares digests, which have one length, in constant time: an answer tells nothing of the token. */
function tokenCheck (tokens: ReadonlyArray<string | undefined>): (authorization: string | undefined) => boolean {
  const expected = tokens.flatMap(token => token === undefined ? [] : [digest(token)])
  return authorization => {
    const shown = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    if (shown === undefined) return false
    const found = digest(shown)
    return expected.some(known => timingSafeEqual(found, known))
  }
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
