/** The commands as npm runs them. Each needs an npm, which is where Node is. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { freePort } from '../free-port.js'
import { until } from './wait.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const withoutNpm = spawnSync('npm', ['--version']).status === 0 ? false : 'no npm'

function isUp (port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health/live`).then(({ ok }) => ok, () => false)
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a server ends with the npm that started it (${signal})`, { skip: withoutNpm }, async t => {
    const port = await freePort()
    const npm = spawn('npm', ['start', '--', '--port', `${port}`, '--data', 'memory:'], {
      cwd: ROOT, env: { PATH: process.env.PATH, HOME: process.env.HOME }, stdio: 'ignore', detached: true
    })
    t.teardown(() => {
      // Its group, for whatever npm may have left behind.
      try { process.kill(-npm.pid!, 'SIGKILL') } catch { /* There is nothing left. */ }
    })
    await until(() => isUp(port), up => up)
    const ended = once(npm, 'exit')
    npm.kill(signal)
    await ended
    await until(() => isUp(port), up => !up)
    t.pass('its port is free')
  })
}
