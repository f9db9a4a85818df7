import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import type { Test } from 'tap'

/** Stands before a server, as the network does, and can fail as the network does. */
export interface CuttableProxy {
  readonly url: string
  /** Breaks all connections, and refuses new ones. */
  cut (): Promise<void>
  /** Accepts connections again, at the same address; to another server where a port is given. */
  mend (port?: number): Promise<void>
}

/** @param port of a server at 127.0.0.1 */
export async function cuttableProxy (t: Test, port: number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>()
  let target = port

  function keep (socket: Socket): Socket {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }

  const server = createServer(near => {
    const far = keep(connect(target, '127.0.0.1'))
    keep(near).pipe(far).pipe(near)
    // Either end may break at any time, and takes the other with it.
    for (const [one, other] of [[near, far], [far, near]] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo

  async function cut (): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  t.teardown(cut)
  return {
    url: `http://127.0.0.1:${own}`,
    cut,

    async mend (port = target) {
      target = port
      server.listen(own, '127.0.0.1')
      await once(server, 'listening')
    }
  }
}
