import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { type Lock, acquireLock } from '../../../src/store/file/lock.js'

const HOLDER = fileURLToPath(new URL('./lock-holder.ts', import.meta.url))

interface Taker {
  readonly child: ChildProcess
  /** Answers null when it did it, and else why not. */
  tell (order: 'take' | 'release', path: string): Promise<string | null>
  kill (): Promise<void>
}

/** Another process, which is gone when the test is over. */
function startTaker (t: Test): Taker {
  // Of what tap adds to a process it needs TypeScript alone; the rest takes longer than the test.
  const execArgv = process.execArgv.filter(option => option.includes('/typescript/'))
  const child = fork(HOLDER, { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  t.teardown(kill)
  return {
    child,
    kill,
    async tell (order, path) {
      const answered = once(child, 'message') as Promise<[{ done: boolean, message: string }]>
      child.send({ order, path })
      const [{ done, message }] = await answered
      return done ? null : message
    }
  }
}

/** A folder whose path is short enough for sockets, unlike that of `t.testdir`. */
function shortFolder (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

function leftIn (folder: string): string[] {
  return readdirSync(folder).filter(name => name.includes('.lock'))
}

async function tryLock (path: string): Promise<Lock | null> {
  return acquireLock(path).catch(error => {
    if (!/is in use by another Longhand process/.test((error as Error).message)) throw error
    return null
  })
}

test('whoever comes second is refused, with what to do, and may have it when the first has let go', async t => {
  const folder = shortFolder(t)
  const path = join(folder, 'longhand.json')
  const lock = await acquireLock(path)
  await t.rejects(acquireLock(path), {
    message: `${path} is in use by another Longhand process; stop that one or set DATA_FILE to another file`
  })
  const other = await acquireLock(join(folder, 'other.json'))
  t.equal(leftIn(folder).length, 2)
  await other.release()
  await lock.release()
  await lock.release()
  t.same(leftIn(folder), [])
  await (await acquireLock(path)).release()
})

test('another process is refused while this one has it, and the other way round', async t => {
  const path = join(shortFolder(t), 'longhand.json')
  const taker = startTaker(t)
  const lock = await acquireLock(path)
  t.match(await taker.tell('take', path), /in use by another Longhand process/)
  await lock.release()
  t.equal(await taker.tell('take', path), null)
  t.equal(await tryLock(path), null)
  t.equal(await taker.tell('release', path), null)
  await (await acquireLock(path)).release()
})

test('a killed process leaves a lock that the next one takes over', async t => {
  const folder = shortFolder(t)
  const path = join(folder, 'longhand.json')
  for (const taker of [startTaker(t), startTaker(t)]) {
    t.equal(await taker.tell('take', path), null)
    await taker.kill()
    t.equal(leftIn(folder).length, 1, 'it was killed before it could clean up')
  }
  const lock = await acquireLock(path)
  t.equal(leftIn(folder).length, 1, 'the dead ones are gone')
  await lock.release()
})

test('a path that is too long for a socket', { skip: process.platform !== 'linux' }, async t => {
  const folder = join(t.testdir(), 'a'.repeat(80), 'b'.repeat(80))
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'longhand.json')
  const taker = startTaker(t)
  t.equal(await taker.tell('take', path), null)
  t.equal(await tryLock(path), null)
  await taker.kill()
  const lock = await acquireLock(path)
  t.match(await startTaker(t).tell('take', path), /in use/)
  await lock.release()
  t.same(leftIn(folder), [])
})

test('what is no living lock is in nobody\'s way', async t => {
  const folder = shortFolder(t)
  const path = join(folder, 'longhand.json')
  writeFileSync(`${path}.lock-0`, 'a plain file')
  writeFileSync(`${path}.lock-ffffffffffff`, '')
  const lock = await acquireLock(path)
  t.equal(leftIn(folder).length, 1)
  await lock.release()
})

test('who asks and goes away does not disturb the owner', async t => {
  const folder = shortFolder(t)
  const path = join(folder, 'longhand.json')
  const lock = await acquireLock(path)
  const [name] = leftIn(folder)
  for (let count = 0; count < 20; count++) {
    const socket = connect(join(folder, name!))
    await once(socket, 'connect')
    socket.destroy()
  }
  t.equal(await tryLock(path), null)
  await lock.release()
})

test('a candidate waits for those who came first, and takes over when they give up', async t => {
  const folder = shortFolder(t)
  const path = join(folder, 'longhand.json')
  for (const name of ['.lock-000000000000', '.lock-ffffffffffffff']) {
    const undecided = createServer().listen(`${path}${name}`)
    await once(undecided, 'listening')
    let isDecided = false
    const taking = acquireLock(path).then(lock => {
      isDecided = true
      return lock
    })
    const [asking] = await once(undecided, 'connection')
    t.notOk(isDecided, name)
    undecided.close()
    asking.destroy()
    await (await taking).release()
  }
})

test('of many at once exactly one wins, in one process, with dead ones lying about', async t => {
  const folder = shortFolder(t)
  const path = join(folder, 'longhand.json')
  for (let round = 0; round < 60; round++) {
    for (let dead = 0; dead < round % 3; dead++) writeFileSync(`${path}.lock-${dead}${round}`, '')
    const locks = await Promise.all(Array.from({ length: 2 + round % 4 }, () => tryLock(path)))
    const winners = locks.filter(lock => lock !== null)
    if (winners.length !== 1) t.fail(`round ${round}: ${winners.length} winners`)
    await winners[0]?.release()
  }
  t.same(leftIn(folder), [])
})

test('of many processes at once exactly one wins, with the dead socket of the last one lying about', async t => {
  const folder = shortFolder(t)
  const path = join(folder, 'longhand.json')
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
