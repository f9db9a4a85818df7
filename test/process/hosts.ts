import { execFileSync } from 'node:child_process'
import type { Test } from 'tap'

/** Several hosts on one machine: network namespaces on a switch that the machine itself is not connected to. */
export interface Hosts {
  addressOf (host: string): string
  /** The name of its namespace, for `ip netns exec`. */
  namespaceOf (host: string): string
  /** Pulls its cable, and puts it back. */
  cut (host: string): void
  heal (host: string): void
}

/** Whether this process may make hosts. */
export function canMakeHosts (): boolean {
  const probe = `longhand-${process.pid}-probe`
  try {
    ip('netns', 'add', probe)
    ip('netns', 'del', probe)
    return true
  } catch {
    return false
  }
}

/** Made for a test, and gone with it. */
export function makeHosts (t: Test, names: readonly string[]): Hosts {
  const namespaceOf = (name: string): string => `longhand-${process.pid}-${name}`
  const hub = namespaceOf('switch')
  const made: string[] = []
  t.teardown(() => { for (const name of made) ip('netns', 'del', name) })

  const make = (namespace: string): void => {
    ip('netns', 'add', namespace)
    made.push(namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  }
  make(hub)
  ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge')
  ip('-n', hub, 'link', 'set', 'bridge', 'up')
  const addressOf = (name: string): string => `10.213.77.${names.indexOf(name) + 1}`
  for (const name of names) {
    const namespace = namespaceOf(name)
    make(namespace)
    ip('-n', hub, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
    ip('-n', hub, 'link', 'set', name, 'master', 'bridge', 'up')
    ip('-n', namespace, 'address', 'add', `${addressOf(name)}/24`, 'dev', 'eth0')
    ip('-n', namespace, 'link', 'set', 'eth0', 'up')
  }
  return {
    addressOf,
    namespaceOf,
    cut: name => ip('-n', hub, 'link', 'set', name, 'down'),
    heal: name => ip('-n', hub, 'link', 'set', name, 'up')
  }
}

function ip (...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
