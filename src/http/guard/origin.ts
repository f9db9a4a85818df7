import type { FastifyRequest } from 'fastify'
import { type RawRequest, authorityOf, isUrlOf } from './authority.js'
import { linesOf } from './header-lines.js'

type BrowserRequest = RawRequest & Pick<FastifyRequest, 'headers'>

/**
 * Whether a request may come from a page of another origin. Browsers send Sec-Fetch-Site, which also holds behind a
 * proxy that changes the Host, but only to trustworthy addresses: https and this machine. To others they send Origin or
 * Referer, and with a GET possibly neither. Other clients send none of them. Of several header lines each must be of
 * this origin.
 */
export function isCrossOrigin (request: BrowserRequest): boolean {
  const sites = linesOf(request.raw, 'sec-fetch-site')
  if (sites.length > 0) return sites.some(site => site !== 'same-origin' && site !== 'none')
  const origins = linesOf(request.raw, 'origin')
  const urls = origins.length > 0 ? origins : linesOf(request.raw, 'referer')
  return urls.length > 0 && urls.some(url => !isSameOrigin(request, url))
}

/** The Origin of a request; undefined without one and with more than one. */
export function originOf ({ raw }: RawRequest): string | undefined {
  const origins = linesOf(raw, 'origin')
  return origins.length === 1 ? origins[0] : undefined
}

/**
 * Whether a browser sends nothing about the origin of a GET, which a page can ask for (`referrerpolicy="no-referrer"`).
 * Other programs rarely match: they would have to send both a browser's User-Agent and Accept-Language.
 */
export function hidesOrigin ({ raw, headers }: BrowserRequest): boolean {
  const isBrowser = headers['accept-language'] !== undefined &&
    linesOf(raw, 'user-agent').some(agent => agent.startsWith('Mozilla/'))
  return isBrowser && ['sec-fetch-site', 'origin', 'referer'].every(name => headers[name] === undefined)
}

/** Whether a browser navigates to a page: a typed address, a link or a frame. */
export function isNavigation ({ headers: { accept } }: BrowserRequest): boolean {
  return accept?.includes('text/html') === true
}

function isSameOrigin (request: RawRequest, url: string): boolean {
  const authority = authorityOf(request)
  return authority !== null && typeof authority !== 'string' && isUrlOf(url, authority)
}
