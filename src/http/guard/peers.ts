/** Addresses of peers, and ranges of addresses. */
import { BlockList, isIP } from 'node:net'

/** An IPv4 address in IPv6 (RFC 4291, section 2.5.5.2), as the URL parser writes it. */
const MAPPED = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/

/** The length of the prefix before the IPv4 address in an IPv6 address. */
const MAPPED_BITS = 96

export function isLoopback (peer: string): boolean {
  return peer.startsWith('127.') || peer === '::1'
}

/** The address of a socket; an IPv4 address without the IPv6 prefix that a dual-stack socket adds. */
export function plainAddress (address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/**
 * Makes the check whether a peer, as `plainAddress` returns it, is in one of the ranges. An IPv6 range contains no IPv4
 * address unless it is within ::ffff:0:0/96. (One list for both families would match `::/0` with every IPv4 address.)
 *
 * @throws Error for a text that is neither an address nor a range.
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

/** A range of IPv4-mapped addresses becomes one of IPv4. `bits` is undefined for a single address. */
function plainRange (range: string): { readonly address: string, readonly bits?: number } {
  const [address = '', length] = range.split('/')
  const bits = length === undefined ? undefined : Number(length)
  const mapped = mappedAddress(address)
  if (mapped === undefined || (bits ?? MAPPED_BITS) < MAPPED_BITS) return { address, ...bits !== undefined && { bits } }
  return { address: mapped, ...bits !== undefined && { bits: bits - MAPPED_BITS } }
}

/** The IPv4 address in an IPv4-mapped IPv6 address of any spelling. */
function mappedAddress (address: string): string | undefined {
  const url = `http://[${address}]`
  const [, high, low] = MAPPED.exec(URL.canParse(url) ? new URL(url).hostname : '') ?? []
  if (high === undefined || low === undefined) return undefined
  return [high, low].map(part => Number.parseInt(part, 16)).flatMap(part => [part >>> 8, part & 0xff]).join('.')
}

function familyOf (address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
