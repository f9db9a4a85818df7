/** The server that a request is for: RFC 9112, sections 3.2 and 3.3; RFC 3986, section 3.2. */
import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { linesOf } from './header-lines.js'

/** The authority of a URL, without a user. */
export interface Authority {
  /** In lower case; an IPv6 address in brackets. */
  readonly name: string
  /** As sent; empty without one. */
  readonly port: string
}

/** The parts of a request that decide on its authority. */
export interface RawRequest {
  /** The request target as sent. */
  readonly originalUrl: string
  readonly raw: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>
}

/** An IPv6 address in brackets or a name, and a port. Only the characters are checked. */
const AUTHORITY = /^(\[[0-9a-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})*)(?::(\d*))?$/i

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is

/**
 * The authority of a request: that of an absolute request target, otherwise that of the Host header. Null without
 * either, which HTTP/1.0 allows. A foreign Fastify host may also pass on HTTP/2 requests, which name their authority
 * elsewhere: they are malformed here.
 *
 * @returns for a malformed request the reason, which completes "Not a valid HTTP request: …"
 */
export function authorityOf ({ originalUrl, raw }: RawRequest): Authority | null | string {
  if (raw.httpVersion >= '2' || linesOf(raw, ':authority').length > 0) {
    return 'it is an HTTP/2 request, and only HTTP/1.0 and HTTP/1.1 are supported'
  }
  const lines = linesOf(raw, 'host')
  if (lines.length > 1) return 'it has more than one Host header'
  const [line] = lines
  if (line === undefined && raw.httpVersion >= '1.1') return 'it has no Host header'
  const host = line === undefined ? null : parseAuthority(line)
  if (host === undefined) return 'its Host is not a host name or an IP address with an optional port'
  if (originalUrl.startsWith('/') || originalUrl === '*') return host

  const [, authority] = ABSOLUTE.exec(originalUrl) ?? []
  const target = authority === undefined ? undefined : parseAuthority(authority)
  return target === undefined || target.name === '' ? 'its target is neither a path nor an http URL' : target
}

/** The path and query of a request target, by which routes are found. */
export function originForm (target: string): string {
  const [, , path = target] = target.startsWith('/') ? [] : ABSOLUTE.exec(target) ?? []
  return path.startsWith('/') || path === '*' || path === target ? path : `/${path}`
}

/** Undefined for a text that is not an authority. */
function parseAuthority (text: string): Authority | undefined {
  const [, name, port = ''] = AUTHORITY.exec(text) ?? []
  if (name === undefined || (name.startsWith('[') && !isIPv6(name.slice(1, -1)))) return undefined
  return { name: name.toLowerCase(), port }
}

/**
 * Whether an http or https URL has this authority. The scheme is not compared: behind a proxy that terminates TLS, the
 * page's is https and the request's is http.
 */
export function isUrlOf (url: string, { name, port }: Authority): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, port: urlPort } = new URL(url)
  const standard = { 'http:': '80', 'https:': '443' }[protocol]
  return standard !== undefined && hostname === name && (urlPort || standard) === (port || standard)
}
