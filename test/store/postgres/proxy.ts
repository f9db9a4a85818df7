import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/** A network between a process and the database that can fail as networks do. */
export interface Proxy {
  readonly port: number
  /** Ends all connections. */
  cut (): void
  /** Open connections pass nothing on and never end, as when the other side is silently gone. */
  halfOpen (): void
  /** Refuses new connections, and ends the old ones. */
  refuse (): void
  /** New connections pass again. */
  heal (): void
  close (): Promise<void>
}

export async function createProxy (targetPort: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let refusing = false
  const dead = new WeakSet<Socket>()

  const server = createServer(near => {
    if (refusing) return near.destroy()
    const far = connect(targetPort, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [from, to] of [[near, far], [far, near]] as const) {
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('data', chunk => { if (!dead.has(from)) to.write(chunk) })
      from.on('close', () => {
        if (dead.has(from)) return
        pairs.delete(pair)
        to.destroy()
      })
    }
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  // A failed test must not keep its process running.
  server.unref()

  function cut (): void {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    pairs.clear()
  }

  return {
    port: (server.address() as AddressInfo).port,
    cut,
    halfOpen () {
      for (const pair of pairs) for (const socket of pair) dead.add(socket)
    },
    refuse () {
      refusing = true
      cut()
    },
    heal () {
      refusing = false
    },
    async close () {
      refusing = true
      cut()
      await new Promise(resolve => { server.close(resolve) })
    }
  }
}
