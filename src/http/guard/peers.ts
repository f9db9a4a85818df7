/** At the other end of a socket: addresses, and ranges of them. */
import { BlockList, isIP } from 'node:net'

/** An IPv4 address in IPv6 (RFC 4291, section 2.5.5.2), as the URL parser writes it. */
const MAPPED = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/

/** The bits of an IPv6 address before the IPv4 address in it. */
const MAPPED_BITS = 96

export function isLoopback (peer: string): boolean {
  return peer.startsWith('127.') || peer === '::1'
}

/** A socket's address; IPv4 in its own form where the socket takes both families. */
export function plainAddress (address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/**
 * Whether a peer, in its plain form, is in one of the ranges. An IPv6 range contains no IPv4 address, except where it
 * begins with ::ffff:0:0/96. (One list for both would take every IPv4 address for one of IPv6, and `::/0` for all.)
 *
 * @throws Error when one is neither an address nor a range.
 */
export function rangeCheck (ranges: readonly string[]): (peer: string) => boolean {
  if (ranges.length === 0) return () => false
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const range of ranges) {
    const { address, bits } = plainRange(range)
    const family = familyOf(address)
    if (bits === undefined) lists[family].addAddress(address, family)
    else lists[family].addSubnet(address, bits, family)
  }
  return peer => isIP(peer) !== 0 && lists[familyOf(peer)].check(peer, familyOf(peer))
}

interface Range {
  readonly address: string
  /** Undefined for a single address. */
  readonly bits?: number
}

/** A range of IPv4 addresses that is written in IPv6 becomes one of IPv4. */
function plainRange (range: string): Range {
  const [address = '', length] = range.split('/')
  const bits = length === undefined ? undefined : Number(length)
  const mapped = mappedAddress(address)
  if (mapped === undefined || (bits ?? MAPPED_BITS) < MAPPED_BITS) return { address, ...bits !== undefined && { bits } }
  return { address: mapped, ...bits !== undefined && { bits: bits - MAPPED_BITS } }
}

/** The IPv4 address in an IPv6 address of any spelling, where there is one. */
function mappedAddress (address: string): string | undefined {
  const url = `http://[${address}]`
  const [, high, low] = MAPPED.exec(URL.canParse(url) ? new URL(url).hostname : '') ?? []
  if (high === undefined || low === undefined) return undefined
  return [high, low].map(part => Number.parseInt(part, 16)).flatMap(part => [part >>> 8, part & 0xff]).join('.')
}

function familyOf (address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
