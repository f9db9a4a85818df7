import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  constants, linkSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync
} from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { tryLock } from '../../../src/store/file/kernel-lock.js'
import { type Lock, acquireLock } from '../../../src/store/file/lock.js'

const HOLDER = fileURLToPath(new URL('./lock-holder.ts', import.meta.url))

interface Taker {
  /** Answers null when it did it, and else why not. */
  tell (order: 'take' | 'release', path: string): Promise<string | null>
  readonly pid: number
  kill (): Promise<void>
}

/** Another process, which is gone when the test is over. */
function startTaker (t: Test): Taker {
  // Of what tap adds to a process it needs TypeScript alone; the rest takes longer than the test.
  const execArgv = process.execArgv.filter(option => option.includes('/typescript/'))
  const child: ChildProcess = fork(HOLDER, { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  t.teardown(kill)
  return {
    pid: child.pid!,
    kill,
    async tell (order, path) {
      const answered = once(child, 'message') as Promise<[{ done: boolean, message: string }]>
      child.send({ order, path })
      const [{ done, message }] = await answered
      return done ? null : message
    }
  }
}

async function tryAcquire (path: string): Promise<Lock | null> {
  return acquireLock(path).catch(error => {
    if (!/is in use by another Longhand process/.test((error as Error).message)) throw error
    return null
  })
}

test('a second owner is refused, with what to do, until the first has released the lock', async t => {
  const path = join(t.testdir(), 'longhand.json')
  const lock = await acquireLock(path)
  await t.rejects(acquireLock(path), {
    message: new RegExp(`^${path} is in use by another Longhand process \\(process ${process.pid} on .+\\)\\. Stop ` +
      'that process, or set DATA_FILE \\(--data\\) to another file$')
  })
  const other = await acquireLock(join(t.testdirName, 'other.json'))
  await other.release()
  await lock.release()
  await lock.release()
  await (await acquireLock(path)).release()
})

test('another process is refused while this one has it, and the other way round; a kill frees it', async t => {
  const path = join(t.testdir(), 'longhand.json')
  const taker = startTaker(t)
  const lock = await acquireLock(path)
  t.match(await taker.tell('take', path), /in use by another Longhand process/)
  await lock.release()
  t.equal(await taker.tell('take', path), null)
  await t.rejects(acquireLock(path), { message: new RegExp(`process ${taker.pid} on`) })
  await taker.kill()
  await (await acquireLock(path)).release()
})

test('a child process does not inherit the lock', { skip: process.platform === 'win32' }, async t => {
  const path = join(t.testdir(), 'longhand.json')
  const lock = await acquireLock(path)
  const held = execFileSync('sh', ['-c', 'ls -l /dev/fd/ 2>/dev/null; true'], { encoding: 'utf8' })
  t.notMatch(held, /longhand\.lock/)
  await lock.release()
})

test('the lock holds under every name, on a path of any length', { skip: process.platform === 'win32' }, async t => {
  const folder = join(t.testdir(), 'a'.repeat(200), 'b'.repeat(200))
  await mkdir(folder, { recursive: true })
  const lock = await acquireLock(join(folder, 'longhand.json'))
  linkSync(join(folder, 'longhand.lock'), join(folder, 'hard.lock'))
  symlinkSync(folder, join(t.testdirName, 'soft'))
  for (const path of [join(folder, 'hard.json'), join(t.testdirName, 'soft', 'longhand.json')]) {
    t.match(await startTaker(t).tell('take', path), /in use/)
  }
  await lock.release()
  await (await acquireLock(join(folder, `${'c'.repeat(250)}.json`))).release()
})

test('the lock holds on a second mount of the folder', {
  skip: !canMount() && 'mounting needs Linux and root'
}, async t => {
  const folder = t.testdir({ data: {}, mount: {} })
  execFileSync('mount', ['--bind', join(folder, 'data'), join(folder, 'mount')])
  try {
    const lock = await acquireLock(join(folder, 'data', 'longhand.json'))
    t.equal(await tryAcquire(join(folder, 'mount', 'longhand.json')), null)
    await lock.release()
  } finally {
    execFileSync('umount', [join(folder, 'mount')])
  }
})

function canMount (): boolean {
  if (process.platform !== 'linux') return false
  try {
    execFileSync('unshare', ['--mount', 'mount', '--bind', '/tmp', '/tmp'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('an owner knows when its lock file is deleted, replaced or moved away', async t => {
  const losses: ReadonlyArray<(path: string) => void> = [
    path => { rmSync(path) },
    path => {
      const text = readFileSync(path)
      rmSync(path)
      writeFileSync(path, text)
    },
    path => { renameSync(path, `${path}.away`) }
  ]
  for (const lose of losses) {
    const path = join(t.testdir(), 'longhand.json')
    const lock = await acquireLock(path)
    t.ok(lock.isHeld())
    lose(join(t.testdirName, 'longhand.lock'))
    t.notOk(lock.isHeld())
    await lock.release()
  }
})

test('an owner knows when another one has written its name, as where a file system grants a lock twice', async t => {
  const path = join(t.testdir(), 'longhand.json')
  const lockFile = join(t.testdirName, 'longhand.lock')
  const lock = await acquireLock(path)
  utimesSync(lockFile, 1, 1)
  t.ok(lock.isHeld(), 'a touched file is still its own')
  const text = readFileSync(lockFile, 'utf8')
  writeFileSync(lockFile, text.replace(/"token":"./, '"token":"_'), { flag: 'r+' })
  utimesSync(lockFile, 2, 2)
  t.notOk(lock.isHeld())
  await lock.release()
})

test('a file that is open for reading can tell whether it is locked, and not lock it', async t => {
  const path = join(t.testdir({ 'longhand.lock': '' }), 'longhand.json')
  const reader = await open(join(t.testdirName, 'longhand.lock'), constants.O_RDONLY)
  t.ok(tryLock(reader.fd, { shared: true }))
  t.equal(await tryAcquire(path), null)
  await reader.close()
  const lock = await acquireLock(path)
  const other = await open(join(t.testdirName, 'longhand.lock'), constants.O_RDONLY)
  t.notOk(tryLock(other.fd, { shared: true }))
  await other.close()
  await lock.release()
})

test('of many at once exactly one wins', async t => {
  const path = join(t.testdir(), 'longhand.json')
  for (let round = 0; round < 60; round++) {
    const locks = await Promise.all(Array.from({ length: 2 + round % 4 }, () => tryAcquire(path)))
    const winners = locks.filter(lock => lock !== null)
    if (winners.length !== 1) t.fail(`round ${round}: ${winners.length} winners`)
    await winners[0]?.release()
  }
  t.pass('each round had one winner')
})

test('of many processes at once exactly one wins, also after one was killed', async t => {
  const path = join(t.testdir(), 'longhand.json')
  const takers = Array.from({ length: 4 }, () => startTaker(t))
  for (let round = 0; round < 40; round++) {
    const answers = await Promise.all(takers.map(taker => taker.tell('take', path)))
    const winners = takers.filter((_, place) => answers[place] === null)
    if (winners.length !== 1) t.fail(`round ${round}: ${winners.length} winners: ${answers}`)
    for (const answer of answers) if (answer !== null) t.match(answer, /in use by another Longhand process/)
    const [winner] = winners
    if (round % 15 === 5) {
      await winner!.kill()
      takers[takers.indexOf(winner!)] = startTaker(t)
    } else {
      await winner!.tell('release', path)
    }
  }
  t.pass('each round had one winner')
})
