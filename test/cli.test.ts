import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { settingRows } from '../src/settings.js'

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built program; only `environment` reaches it. */
function start (t: Test, args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

async function outcome (child: ChildProcess): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', chunk => { stdout += String(chunk) })
  child.stderr?.on('data', chunk => { stderr += String(chunk) })
  const [code] = await once(child, 'close') as [number | null]
  return { code, stdout, stderr }
}

function failed ({ code, stdout, stderr }: Outcome): never {
  throw new Error(`It ended with ${code}:\n${stdout}${stderr}`)
}

test('--version prints the version of the package', async t => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  t.same(await outcome(start(t, ['--version'])), { code: 0, stdout: `${version}\n`, stderr: '' })
})

test('--help names the commands, the flags and every setting with its default', async t => {
  const { code, stdout, stderr } = await outcome(start(t, ['agent', '--help']))
  t.equal(code, 0)
  t.equal(stderr, '')
  for (const text of ['longhand serve', 'longhand agent', '--orchestrator URL', '--power N']) {
    t.ok(stdout.includes(text), text)
  }
  for (const row of settingRows()) {
    const line = stdout.split('\n').find(line => line.trim().startsWith(`${row.name} `)) ?? ''
    t.ok(line.endsWith(row.default === '' ? row.description : `[${row.default}]`), row.name)
  }
})

test('a command line that is not understood ends with 2 and says why', async t => {
  const cases: ReadonlyArray<readonly [string[], RegExp]> = [
    [['--colour'], /--colour/],
    [['--port'], /--port/],
    [['--port='], /--port needs a value/],
    [['fly'], /Unknown command "fly"; commands: serve, agent/],
    [['toString'], /Unknown command "toString"/],
    [['agent', 'now'], /Unexpected argument "now"/],
    [['agent', '--port', '1'], /--port belongs to "longhand serve"/],
    [['--orchestrator', 'http://127.0.0.1:1'], /--orchestrator belongs to "longhand agent"/]
  ]
  await Promise.all(cases.map(async ([args, message]) => {
    const { code, stdout, stderr } = await outcome(start(t, args))
    t.equal(code, 2, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, message)
    t.match(stderr, /longhand --help/)
  }))
})

test('settings that cannot be used end with 2 before anything starts; a flag wins over its variable', async t => {
  const child = start(t, ['--power', 'many'], { COMPUTING_POWER: '4', TIME_FOO_MS: '1' })
  const { code, stdout, stderr } = await outcome(child)
  t.equal(code, 2)
  t.equal(stdout, '')
  t.match(stderr, /COMPUTING_POWER is "many"; allowed: an integer from 0 to 10000/)
  t.match(stderr, /TIME_FOO_MS is not a setting/)
  t.notMatch(stderr, / at /, 'without a stack')
})

test('a server that cannot start says in one sentence what to do, and ends with 1', async t => {
  const folder = t.testdir({ file: '', data: {} })
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => { taken.close() })
  const { port } = taken.address() as AddressInfo
  const cases: ReadonlyArray<readonly [readonly string[], Readonly<Record<string, string>>, RegExp]> = [
    [['--port', `${port}`, '--data', 'memory:'], {}, /Port \d+ of 127\.0\.0\.1 is in use\. .*--port/],
    [['--data', join(folder, 'data')], {}, /is a folder\. Name a file in it/],
    [['--data', join(folder, 'file', 'x.json')], {}, /a file is in the way/],
    [[], { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/sums' }, /PostgreSQL at 127\.0\.0\.1:1, .*DATABASE_URL/],
    ...process.platform === 'linux' ? [[['--data', '/proc/x/y.json'], {}, /cannot be created/] as const] : []
  ]
  await Promise.all(cases.map(async ([args, environment, sentence]) => {
    const child = start(t, ['--port', '0', '--power', '0', ...args], { ...environment, LOG_LEVEL: 'fatal' })
    const { code, stdout, stderr } = await outcome(child)
    t.equal(code, 1, stderr)
    t.equal(stdout, '')
    t.match(stderr, sentence)
    t.match(stderr, /^longhand: [^\n]*\n$/, 'one line')
    t.notMatch(stderr, /secret/)
  }))
  const { code, stderr } = await outcome(start(t, ['--port', `${port}`, '--data', 'memory:', '--log-level', 'debug']))
  t.equal(code, 1)
  t.match(stderr, /is in use[^]*\n +at [^]*EADDRINUSE/, 'the log level debug shows the stack')
})

test('an agent of no power says why it ends', async t => {
  const { code, stdout, stderr } = await outcome(start(t, ['agent', '--power', '0']))
  t.equal(code, 0)
  t.equal(stderr, '')
  t.match(stdout.trim().split('\n').map(line => JSON.parse(line)), [{ msg: /COMPUTING_POWER is 0/ }])
})

test('an agent works for the orchestrator of its flag, sends the token, and leaves on SIGTERM', async t => {
  // It never answers: the agent is stopped while its long poll waits.
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close().closeAllConnections() })
  const { port } = server.address() as AddressInfo
  const args = ['agent', '--orchestrator', `http://127.0.0.1:${port}`, '--name', 'worker-7', '--power', '1']
  const child = start(t, args, { ORCHESTRATOR_URL: 'http://127.0.0.1:1', INTERNAL_TOKEN: 'abcdefgh-1234567' })
  const ended = outcome(child)

  const asked = once(server, 'request') as Promise<[IncomingMessage]>
  // One that cannot start never asks.
  const [{ url, headers }] = await Promise.race([asked, ended.then(failed)])
  t.match(url, /^\/internal\/task\?.*agent=worker-7/)
  t.equal(headers.authorization, 'Bearer abcdefgh-1234567')

  child.kill('SIGTERM')
  const { code, stdout, stderr } = await ended
  t.equal(code, 0)
  t.equal(stderr, '')
  for (const line of stdout.trim().split('\n')) {
    t.type(JSON.parse(line), 'object', 'the log is JSON where there is no terminal')
  }
  t.notMatch(stdout, /abcdefgh/)
})
