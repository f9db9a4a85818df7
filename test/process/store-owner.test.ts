/** One store, one owner: what the server does when its files, or the right to them, are not its own. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync, chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, rmdirSync, statSync,
  symlinkSync, truncateSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { call, launchServer } from './launch.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** The exit code of a server whose files only a new process may trust. */
const EXIT_DISK = 74

const SUM = { expression: '1+2' }

interface Refusal {
  readonly status: number | null
  readonly stderr: string
}

/** Starts a server that is expected to refuse, and waits until it has. */
function refused (DATA_FILE: string, uid?: number): Refusal {
  return spawnSync(process.execPath, [CLI], {
    env: { PATH: process.env.PATH, PORT: '0', COMPUTING_POWER: '0', DATA_FILE },
    encoding: 'utf8',
    timeout: 60_000,
    ...(uid !== undefined && { uid, gid: uid })
  })
}

/** A folder for all users of the machine. */
function commonFolder (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-'))
  chmodSync(folder, 0o777)
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

/** The status, or 0 when the server ended before it could answer. */
async function submit (url: string): Promise<number> {
  return call('POST', `${url}/api/v1/calculate`, SUM).then(({ status }) => status, () => 0)
}

test('a second server is refused, under every name of the files', async t => {
  t.testdir({})
  const server = await launchServer(t, { DATA_FILE: 'data/longhand.json' })
  symlinkSync('data', join(t.testdirName, 'folder'))
  symlinkSync('data/longhand.json', join(t.testdirName, 'file.json'))
  for (const name of ['data/longhand.json', 'folder/longhand.json', 'file.json']) {
    t.match(refused(join(t.testdirName, name)), {
      status: 1, stderr: new RegExp(`in use by another Longhand process \\(process ${server.child.pid} on`)
    })
  }
  t.match(refused(join(t.testdirName, 'data', 'longhand')), {
    status: 1, stderr: /its name must end with \.json\. Set it \(--data\) to .*longhand\.json/
  })
  t.equal(await submit(server.url), 201)
})

test('a server that lost its lock file is still the only one, and stops with the next change', async t => {
  t.testdir({})
  const server = await launchServer(t)
  t.equal(await submit(server.url), 201)
  rmSync(join(t.testdirName, 'longhand.lock'))
  t.match(refused(join(t.testdirName, 'longhand.json')), { status: 1, stderr: /journal is in use by another Longhand/ })
  t.not(await submit(server.url), 201)
  await server.printed(/The files of the store were removed or changed by another program/)
  t.equal(await server.stop('SIGCONT'), EXIT_DISK)
  const next = await launchServer(t)
  t.match(await call('GET', `${next.url}/api/v1/expressions/1`), { status: 200 })
})

test('a server whose journal is truncated, or appended to, acknowledges nothing more and stops', async t => {
  for (const change of [(path: string) => truncateSync(path, 0), (path: string) => appendFileSync(path, '{}\n')]) {
    t.testdir({})
    const server = await launchServer(t)
    t.equal(await submit(server.url), 201)
    const journal = readdirSync(t.testdirName).find(name => name.endsWith('.journal'))!
    change(join(t.testdirName, journal))
    t.not(await submit(server.url), 201)
    await server.printed(/was truncated or written to by another program/)
    t.equal(await server.stop('SIGCONT'), EXIT_DISK)
  }
})

test('a DATA_FILE that is a link stays one, and the data is where it leads to', async t => {
  t.testdir({})
  const link = join(t.testdirName, 'link.json')
  symlinkSync('elsewhere/data.json', link)
  for (const id of [1, 2]) {
    const server = await launchServer(t, { DATA_FILE: 'link.json' })
    t.equal(await submit(server.url), 201)
    t.match(await call('GET', `${server.url}/api/v1/expressions/${id}`), { status: 200 })
    t.equal(await server.stop(), 0)
    t.ok(lstatSync(link).isSymbolicLink())
  }
  t.same(readdirSync(t.testdirName).sort(), ['elsewhere', 'link.json'])
  t.match(readdirSync(join(t.testdirName, 'elsewhere')).sort(), [/^data\.\d+\.journal$/, 'data.json', 'data.lock'])
})

test('a file name of any length works or is refused with its reason', async t => {
  t.testdir({})
  const nameOf = (length: number): string => `${'n'.repeat(length - 5)}.json`
  for (const length of [90, 239]) {
    const server = await launchServer(t, { DATA_FILE: nameOf(length) })
    t.equal(await submit(server.url), 201, `${length}`)
    t.equal(await server.stop(), 0)
  }
  for (const length of [240, 256]) {
    t.match(refused(join(t.testdirName, nameOf(length))), { status: 1, stderr: /The name of DATA_FILE is too long/ })
  }
})

const NOBODY = 65534

/** Whether every user can read this checkout: a server of another user has to load it. */
function isReadableByAll (): boolean {
  for (let folder = dirname(CLI); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

test('another user is told whether a server runs, or only left files behind', {
  skip: (process.getuid?.() !== 0 && 'it needs root') ||
    (!isReadableByAll() && 'it needs a checkout that other users can read')
}, async t => {
  t.testdir({})
  const DATA_FILE = join(commonFolder(t), 'longhand.json')
  const server = await launchServer(t, { DATA_FILE })
  t.match(refused(DATA_FILE, NOBODY), {
    status: 1, stderr: new RegExp(`in use by another Longhand process \\(process ${server.child.pid} on`)
  })
  t.equal(await server.stop(), 0)
  t.match(refused(DATA_FILE, NOBODY), {
    status: 1, stderr: /longhand\.lock belongs to another user \(uid 0\).* this user \(uid 65534\) .*chown -R 65534/s
  })
  const closed = join(commonFolder(t), 'closed')
  mkdirSync(closed, { mode: 0o755 })
  t.match(refused(join(closed, 'longhand.json'), NOBODY), { status: 1, stderr: /This user is not permitted to write to .*closed/ })
})

test('on a file system that is really full, reads go on, and changes are accepted again when there is room', {
  skip: !canMount() && 'mounting needs Linux and root'
}, async t => {
  t.testdir({})
  const folder = mkdtempSync(join(tmpdir(), 'longhand-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', folder])
  try {
    await fillAndEmpty(t, folder)
  } finally {
    execFileSync('umount', ['--lazy', folder])
    rmdirSync(folder)
  }
})

async function fillAndEmpty (t: Test, folder: string): Promise<void> {
  const server = await launchServer(t, { DATA_FILE: join(folder, 'longhand.json') })
  t.equal(await submit(server.url), 201)
  const ballast = join(folder, 'ballast')
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k'])
  // The last page of the journal has room for some.
  for (let status = 201; status === 201;) status = await submit(server.url)

  for (let round = 0; round < 50; round++) {
    t.equal((await call('GET', `${server.url}/api/v1/expressions/1`)).status, 200)
    t.equal(await submit(server.url), 503)
  }
  t.equal((await call('GET', `${server.url}/health/ready`)).status, 503)
  t.equal(server.output().split('The disk failed; changes are refused until it works again').length, 2, 'told once')
  rmSync(ballast)
  await server.printed(/The disk works again; changes are accepted/)
  t.equal(await submit(server.url), 201)
  t.equal((await call('GET', `${server.url}/health/ready`)).status, 200)
  t.equal(await server.stop(), 0)
  t.same(readdirSync(folder).filter(name => name.endsWith('.probe')), [])
}

function canMount (): boolean {
  if (process.platform !== 'linux') return false
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0
}
