import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, type Server, createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** The further sockets that an app listens on beside its own server's. */
const further = new WeakMap<object, Server[]>()

/** An address family that this machine does not have. */
const NOT_HERE: ReadonlySet<unknown> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

/**
 * Listens on a host; on localhost, on each of its addresses, because clients try either family first. All of their
 * connections go to the app's one HTTP server, so that what is set on it is set for each of them. (Fastify makes a
 * second server, which knows nothing of what was set on the first.)
 *
 * @throws when the first address cannot be listened on; another one is left out and logged
 */
export async function listenOn (
  app: FastifyInstance, { host, port }: { readonly host: string, readonly port: number },
  addressesOf: (host: string) => Promise<readonly string[]> = localAddresses
): Promise<void> {
  const [first = host, ...others] = host === 'localhost' ? await addressesOf(host) : []
  await app.listen({ host: first, port })
  const bound = (app.server.address() as AddressInfo).port
  const servers: Server[] = []
  further.set(app.server, servers)
  for (const address of others) {
    // As an HTTP server makes its own.
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    server.on('connection', socket => app.server.emit('connection', socket))
    server.listen({ host: address, port: bound })
    try {
      await once(server, 'listening')
      servers.push(server)
      app.log.info(`Server listening at ${address}, too`)
    } catch (err) {
      const isExpected = err instanceof Error && 'code' in err && NOT_HERE.has(err.code)
      if (!isExpected) app.log.warn({ err, address, port: bound }, 'Cannot listen on this address of localhost')
    }
  }
}

/** Takes no new connections on the further addresses; answers when the last of their connections has ended. */
export async function closeFurther (app: FastifyInstance): Promise<void> {
  const servers = further.get(app.server) ?? []
  further.delete(app.server)
  await Promise.all(servers.map(server => new Promise<void>(resolve => { server.close(() => resolve()) })))
}

async function localAddresses (host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}
