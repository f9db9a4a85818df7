import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type Server, createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { codeOf } from '../../core/error-code.js'

/** The servers of an app beside its own, by its own. */
const extraServers = new WeakMap<object, Server[]>()

/** This machine does not have the address family. */
const ADDRESS_MISSING: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

/**
 * Listens on a host; for localhost, on each of its addresses, because clients may try either family first. All
 * connections go to the app's one HTTP server, so that its settings and listeners apply to each of them. (Fastify would
 * create a second server without these.)
 *
 * @throws when it cannot listen on the first address; another address is left out and logged
 */
export async function listenOn (
  app: FastifyInstance, { host, port }: { readonly host: string, readonly port: number },
  addressesOf: (host: string) => Promise<readonly string[]> = localAddresses
): Promise<void> {
  const [first = host, ...others] = host === 'localhost' ? await addressesOf(host) : []
  await app.listen({ host: first, port })
  const [own] = app.addresses()
  const bound = typeof own === 'object' ? own.port : port
  const servers: Server[] = []
  extraServers.set(app.server, servers)
  for (const address of others) {
    // The options of an HTTP server's own sockets.
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    server.on('connection', socket => app.server.emit('connection', socket))
    server.listen({ host: address, port: bound })
    try {
      await once(server, 'listening')
      servers.push(server)
      app.log.info(`Server also listening at ${address}`)
    } catch (err) {
      if (ADDRESS_MISSING.has(codeOf(err))) continue
      app.log.warn({ err, address, port: bound }, 'Cannot listen on this address of localhost')
    }
  }
}

/** Accepts no new connections on the other addresses; fulfilled when the last of their connections has ended. */
export async function closeExtraServers (app: FastifyInstance): Promise<void> {
  const servers = extraServers.get(app.server) ?? []
  extraServers.delete(app.server)
  await Promise.all(servers.map(server => new Promise<void>(resolve => { server.close(() => resolve()) })))
}

async function localAddresses (host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}
