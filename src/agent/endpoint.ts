/** Where tasks are fetched and reported. @throws TypeError for a URL that is not http or https. */
export function taskEndpoint (url: string): { readonly origin: string, readonly path: string } {
  const { protocol, origin, pathname } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`This URL is not http or https: ${url}`)
  return { origin, path: `${pathname.replace(/\/+$/, '')}/internal/task` }
}
