import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** The open connections of a server: a set that stays current. */
export function openConnections (server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}
