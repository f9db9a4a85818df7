/** The command's file: what it does before anything of ours is built. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { nodeTooOld } from '../bin/node-version.js'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
  readonly files: readonly string[]
}

function run (file: string, ...args: string[]) {
  return spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', env: { PATH: process.env.PATH } })
}

/** A package as it is installed: no sources, and of the build a stand-in. */
function installedPackage (t: Test, engine: string, built: boolean): string {
  const folder = t.testdir(built ? { dist: { 'cli.js': 'console.log("started", ...process.argv.slice(2))' } } : {})
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', engines: { node: engine } }))
  return join(folder, 'bin/longhand.js')
}

test('an installed package starts what was built, without a look at sources', async t => {
  const outcome = run(installedPackage(t, '>=20.19', true), 'agent', '--power')
  t.match(outcome, { status: 0, stdout: 'started agent --power\n' })
})

test('one that was installed without its build says so', async t => {
  t.match(run(installedPackage(t, '>=20.19', false)), {
    status: 1, stdout: '', stderr: /^longhand: .*without its build/
  })
})

const withoutProcfs = process.platform === 'linux' ? false : 'only Linux tells who started the shell'

test('a clone does not start what an npm asked for that was ended meanwhile', { skip: withoutProcfs }, async t => {
  const file = installedPackage(t, '>=20.19', true)
  const root = join(file, '../..')
  for (const folder of ['src', 'scripts']) mkdirSync(join(root, folder))
  writeFileSync(join(root, 'tsconfig.json'), '{}')
  // A build during which the npm before the shell is killed.
  writeFileSync(join(root, 'scripts/clone.js'), `
    import { readFileSync } from 'node:fs'
    export function makeReady () {
      const parentOfShell = () => readFileSync('/proc/' + process.ppid + '/stat', 'utf8').split(') ')[1].split(' ')[1]
      if (process.env.VICTIM === undefined) return true
      process.kill(Number(process.env.VICTIM), 'SIGKILL')
      while (parentOfShell() === process.env.VICTIM);
      return true
    }`)
  for (const [victim, said] of [['process.pid', 'shell ends\n'], ['undefined', 'started\nshell ends\n']]) {
    const npm = spawn(process.execPath, ['-e', `
      require('node:child_process').spawn('sh', ['-c', '"$NODE" "$FILE"; echo shell ends'], {
        stdio: 'inherit', env: { ...process.env, VICTIM: ${victim} }
      })`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, NODE: process.execPath, FILE: file, npm_command: 'exec' }
    })
    const [output] = await Promise.all([textOf(npm.stdout), once(npm, 'exit')])
    t.equal(output, said)
  }
})

test('an old Node.js is told which one is needed', async t => {
  t.match(run(installedPackage(t, '>=99.1', true)), {
    status: 1, stdout: '', stderr: /^longhand: .* needs Node\.js 99\.1/
  })
  t.match(nodeTooOld('>=20.19', '18.20.4'), /needs Node\.js 20\.19 or newer; this is 18\.20\.4/)
  t.match(nodeTooOld('>=20.19', '20.18.9'), /20\.19/)
  for (const version of ['20.19.0', '22.0.0', '24.1.0-nightly']) t.equal(nodeTooOld('>=20.19', version), null)
})

test('the file can be executed, and no script of ours runs where the package is installed', async t => {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8')
  const { bin, scripts, files } = JSON.parse(text) as Manifest
  t.equal(bin['longhand'], 'bin/longhand.js')
  t.ok(files.includes('bin') && files.includes('dist'))
  t.notSame(statSync(join(ROOT, 'bin/longhand.js')).mode & 0o111, 0)
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) t.notOk(name in scripts, name)
})

test('source maps bring their sources, which the package does not have', async t => {
  const map = JSON.parse(readFileSync(join(ROOT, 'dist/cli.js.map'), 'utf8')) as { sourcesContent?: string[] }
  t.match(map.sourcesContent, [/parseArgs/])
})
