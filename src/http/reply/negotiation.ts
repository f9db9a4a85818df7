import type { FastifyReply } from 'fastify'

/** What a client accepts: RFC 9110, sections 12.5.1 and 12.5.3. */

interface Range {
  /** In lower case, without parameters. */
  readonly name: string
  /** From 0, not accepted, to 1. */
  readonly quality: number
}

/** Tells caches that the response depends on a header of the request as well. */
export function varyOn (reply: FastifyReply, header: string): void {
  const others = reply.getHeader('vary')
  reply.header('vary', others === undefined ? header : `${String(others)}, ${header}`)
}

/**
 * Whether a client prefers HTML to plain text. Of a client that accepts both equally, only one that names HTML does:
 * browsers do, and curl accepts anything.
 */
export function prefersHtml (accept = ''): boolean {
  const ranges = rangesOf(accept)
  const [html, plain] = [rangeOf(ranges, 'text/html'), rangeOf(ranges, 'text/plain')]
  const [one, other] = [html?.quality ?? 0, plain?.quality ?? 0]
  return one > other || (one > 0 && one === other && html?.name === 'text/html' && plain?.name !== 'text/plain')
}

/** Whether a client accepts a text type. Without a header it accepts anything. */
export function accepts (accept: string | undefined, type: `text/${string}`): boolean {
  const ranges = rangesOf(accept ?? '')
  return ranges.length === 0 || (rangeOf(ranges, type)?.quality ?? 0) > 0
}

/** The most specific range that holds a text type. */
function rangeOf (ranges: readonly Range[], type: `text/${string}`): Range | undefined {
  return [type, 'text/*', '*/*'].map(name => ranges.find(range => range.name === name))
    .find(range => range !== undefined)
}

/** The first of these content codings that a client accepts; undefined for none of them. */
export function acceptedCoding<Coding extends string> (accept: string, codings: readonly Coding[]): Coding | undefined {
  const ranges = rangesOf(accept)
  return codings.find(coding =>
    (ranges.find(({ name }) => name === coding) ?? ranges.find(({ name }) => name === '*'))?.quality ?? 0)
}

function rangesOf (header: string): Range[] {
  // Elements of a list may be empty (RFC 9110, section 5.6.1).
  return header.split(',').filter(range => range.trim() !== '').map(range => {
    const [name = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase())
    const weight = parameters.map(parameter => /^q\s*=\s*(\d(?:\.\d{0,3})?)$/.exec(parameter)?.[1])
      .find(found => found !== undefined)
    return { name, quality: weight === undefined ? 1 : Number(weight) }
  })
}
