import type { FastifyRequest } from 'fastify'
import { type RawRequest, authorityOf, isUrlOf } from './authority.js'
import { linesOf } from './header-lines.js'

/** What is read of a request. */
type BrowserRequest = RawRequest & Pick<FastifyRequest, 'headers'>

/**
 * Whether a page of another origin may be behind a request. Browsers say it themselves (Sec-Fetch-Site), also through
 * a proxy that changes the Host; but only to addresses that they trust: https and this machine. To others on plain
 * http they name the page's origin, or the page (Referer), and with a GET perhaps neither. Other clients name none.
 * Of several lines each has to be of this origin.
 */
export function isCrossOrigin (request: BrowserRequest): boolean {
  const sites = linesOf(request.raw, 'sec-fetch-site')
  if (sites.length > 0) return sites.some(site => site !== 'same-origin' && site !== 'none')
  const origins = linesOf(request.raw, 'origin')
  const urls = origins.length > 0 ? origins : linesOf(request.raw, 'referer')
  return urls.length > 0 && urls.some(url => !isSameOrigin(request, url))
}

/** The origin that a browser names; undefined where it names none, or more than one. */
export function originOf ({ raw }: RawRequest): string | undefined {
  const origins = linesOf(raw, 'origin')
  return origins.length === 1 ? origins[0] : undefined
}

/**
 * Whether a browser says nothing of where a GET comes from: pages can ask for that (`referrerpolicy="no-referrer"`).
 * No program passes for a browser by accident: it would have to say both that it is one and which language it speaks.
 */
export function hidesOrigin ({ raw, headers }: BrowserRequest): boolean {
  const isBrowser = headers['accept-language'] !== undefined &&
    linesOf(raw, 'user-agent').some(agent => agent.startsWith('Mozilla/'))
  return isBrowser && ['sec-fetch-site', 'origin', 'referer'].every(name => headers[name] === undefined)
}

/** Whether a browser wants a page to show: an address that was typed, a link, or a frame. */
export function isNavigation ({ headers: { accept } }: BrowserRequest): boolean {
  return accept?.includes('text/html') === true
}

function isSameOrigin (request: RawRequest, url: string): boolean {
  const authority = authorityOf(request)
  return authority !== null && typeof authority !== 'string' && isUrlOf(url, authority)
}
