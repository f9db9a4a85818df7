/** Which server a request is for, as RFC 9112 (sections 3.2 and 3.3) and RFC 3986 (section 3.2) have it. */
import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { linesOf } from './header-lines.js'

/** What the authority of a URL names, without a user. */
export interface Authority {
  /** In lower case; an IPv6 address in brackets. */
  readonly name: string
  /** As it was sent; empty where there is none. */
  readonly port: string
}

/** What is read of a request. */
export interface RawRequest {
  /** The request target as it arrived. */
  readonly originalUrl: string
  readonly raw: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>
}

/** An IPv6 address in brackets or a name, each of the characters that it may have, and a port. */
const AUTHORITY = /^(\[[0-9a-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})*)(?::(\d*))?$/i

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is

/**
 * The authority of a request. With an absolute request target it is the one in there, whatever Host says; null where
 * there is none, as in HTTP/1.0.
 *
 * @returns a text where the request is malformed: why, to complete "Not a valid HTTP request: …"
 */
export function authorityOf ({ originalUrl, raw }: RawRequest): Authority | null | string {
  const lines = linesOf(raw, 'host')
  if (lines.length > 1) return 'it has more than one Host'
  const [line] = lines
  if (line === undefined && raw.httpVersion >= '1.1') return 'it has no Host'
  const host = line === undefined ? null : parseAuthority(line)
  if (host === undefined) return 'its Host is not a host name or an IP address with an optional port'
  if (originalUrl.startsWith('/') || originalUrl === '*') return host

  const [, authority] = ABSOLUTE.exec(originalUrl) ?? []
  const target = authority === undefined ? undefined : parseAuthority(authority)
  return target === undefined || target.name === '' ? 'its target is neither a path nor an http URL' : target
}

/** The path and query of a request target: what routes are looked up by. */
export function originForm (target: string): string {
  const [, , path = target] = target.startsWith('/') ? [] : ABSOLUTE.exec(target) ?? []
  return path.startsWith('/') || path === '*' || path === target ? path : `/${path}`
}

/** Undefined where the text is no authority. */
function parseAuthority (text: string): Authority | undefined {
  const [, name, port = ''] = AUTHORITY.exec(text) ?? []
  if (name === undefined || (name.startsWith('[') && !isIPv6(name.slice(1, -1)))) return undefined
  return { name: name.toLowerCase(), port }
}

/**
 * Whether a URL of http or https has this authority. The scheme is not compared: behind a proxy that ends TLS, the
 * page's is https and the request's is not.
 */
export function isUrlOf (url: string, { name, port }: Authority): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, port: its } = new URL(url)
  const standard = { 'http:': '80', 'https:': '443' }[protocol]
  return standard !== undefined && hostname === name && (its || standard) === (port || standard)
}
