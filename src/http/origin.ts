import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a page of another origin may be behind a request. Browsers say it themselves (Sec-Fetch-Site), also through
 * a proxy that changes the Host; but only to addresses that they trust: https and this machine. To others on plain
 * http they name the page's origin, or the page (Referer), and with a GET perhaps neither. Other clients name none.
 */
export function isForeign (headers: IncomingHttpHeaders): boolean {
  const { host, origin, referer, 'sec-fetch-site': site } = headers
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  if (origin !== undefined) return !isOf(host, origin)
  return referer !== undefined && !isOf(host, referer)
}

/**
 * Whether a browser says nothing of where a GET comes from: pages can ask for that (`referrerpolicy="no-referrer"`).
 * No program passes for a browser by accident: it would have to say both that it is one and which language it speaks.
 */
export function isHidden (headers: IncomingHttpHeaders): boolean {
  const isBrowser = headers['accept-language'] !== undefined && headers['user-agent']?.startsWith('Mozilla/') === true
  return isBrowser && headers['sec-fetch-site'] === undefined && headers.origin === undefined &&
    headers.referer === undefined
}

/** Whether a browser wants a page to show: an address that was typed, a link, or a frame. */
export function isNavigation ({ accept }: IncomingHttpHeaders): boolean {
  return accept?.includes('text/html') === true
}

function isOf (host: string | undefined, url: string): boolean {
  return URL.canParse(url) && new URL(url).host === host?.toLowerCase()
}
