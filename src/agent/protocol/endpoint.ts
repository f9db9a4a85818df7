/** Where an orchestrator takes the calls of agents. @throws TypeError for a URL that is not http or https. */
export function endpointOf (url: string) {
  const { protocol, origin, pathname } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`This URL is not http or https: ${url}`)
  const base = pathname.replace(/\/+$/, '')
  return { origin, taskPath: `${base}/internal/task`, heartbeatPath: `${base}/internal/heartbeat` }
}
