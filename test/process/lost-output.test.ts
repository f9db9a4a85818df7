/** A server and an agent whose output cannot be written: they work on, and end when they are told to. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { freePort } from '../free-port.js'
import { call, launchServer } from './launch.js'
import { until } from './wait.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

function start (t: Test, args: readonly string[], stdout: number | 'pipe', stderr: number | 'pipe' = 'pipe') {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, DATA_FILE: 'memory:', COMPUTING_POWER: '1', TIME_ADDITION_MS: '0' },
    stdio: ['ignore', stdout, stderr]
  })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

async function isUp (url: string): Promise<void> {
  await until(() => fetch(`${url}/health/live`).then(({ ok }) => ok, () => false), ok => ok)
}

/** It logs what it refuses, computes, and ends by itself. */
async function worksAndEnds (t: Test, child: ChildProcess, port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}`
  await isUp(url)
  for (let count = 0; count < 20; count++) await call('POST', `${url}/internal/task`, { id: 99, result: 1 })
  await call('POST', `${url}/api/v1/calculate`, { expression: '1+2' })
  t.match(await call('GET', `${url}/api/v1/expressions/1?wait=60`), { body: { expression: { result: 3 } } })
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.same(await ended, [0, null])
}

test('a server whose reader has gone', async t => {
  const port = await freePort()
  const child = start(t, ['--port', `${port}`, '--log-level', 'trace'], 'pipe')
  child.stdout?.destroy()
  child.stderr?.destroy()
  await worksAndEnds(t, child, port)
})

test('a server whose log is on a full disk', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, async t => {
  const port = await freePort()
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  await worksAndEnds(t, start(t, ['--port', `${port}`, '--log-level', 'trace'], full, full), port)
})

test('an agent whose reader has gone ends when it is told to', async t => {
  t.testdir({})
  const server = await launchServer(t)
  const child = start(t, ['agent', '--orchestrator', server.url], 'pipe')
  child.stdout?.destroy()
  await until(() => call('GET', `${server.url}/api/v1/agents`), ({ body }) =>
    (body as { agents: unknown[] }).agents.length > 0)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.same(await ended, [0, null])
})

test('--help for a reader that has seen enough ends quietly; on a full disk it says so', async t => {
  const child = start(t, ['--help'], 'pipe')
  child.stdout?.destroy()
  const said = text(child.stderr!)
  t.same(await once(child, 'exit'), [0, null])
  t.equal(await said, '')
  if (!existsSync('/dev/full')) return
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const second = start(t, ['--help'], full)
  const reason = text(second.stderr!)
  t.same(await once(second, 'exit'), [1, null])
  t.match(await reason, /^longhand: stdout: .*ENOSPC/)
})

const python = spawnSync('python3', ['-c', 'import pty']).status === 0 ? false : 'no python3 with pty'

/** Runs a command on a terminal of its own, closes that when the command is ready, and prints how the command ends. */
const CLOSED_TERMINAL = `
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
while b"ready" not in seen and b"Agent started" not in seen:
    seen += os.read(terminal, 4096)
os.close(terminal)
status = os.waitpid(child, 0)[1]
print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status))
`

test('a closed terminal ends a server and an agent', { skip: python }, async t => {
  const SIGHUP = 1
  for (const args of [['--port', '0'], ['agent']]) {
    const child = spawn('python3', ['-c', CLOSED_TERMINAL, process.execPath, CLI, ...args], {
      env: { PATH: process.env.PATH, DATA_FILE: 'memory:', TERM: 'xterm' }, stdio: ['ignore', 'pipe', 'inherit']
    })
    t.teardown(() => child.kill('SIGKILL'))
    t.equal((await text(child.stdout)).trim(), String(SIGHUP), args.join(' '))
  }
})

test('without a terminal stdout is JSON lines only', async t => {
  t.testdir({})
  const server = await launchServer(t, { LOG_LEVEL: 'fatal' })
  t.equal(await server.stop(), 0)
  const lines = server.output().trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>)
  t.match(lines, [{ msg: /^Longhand is ready/, url: server.url }], 'the one that is written at every level')
})
