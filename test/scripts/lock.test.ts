import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { isTaken, withLock } from '../../scripts/lock.js'

const LOCK = fileURLToPath(new URL('../../scripts/lock.js', import.meta.url))

test('the lock names its owner and is gone afterwards, also after a failure', async t => {
  const path = join(t.testdir({}), 'lock')
  t.equal(withLock(path, () => readFileSync(path, 'utf8'), () => {}), `${process.pid}\n`)
  t.throws(() => withLock(path, () => { throw new Error('broken') }, () => {}), /broken/)
  t.notOk(existsSync(path))
})

test('a lock whose owner is dead, that is empty, or that is too old is invalid', async t => {
  const path = join(t.testdir({}), 'lock')
  const { pid } = spawnSync(process.execPath, ['--version'])
  const long = new Date(Date.now() - 3_600_000)
  for (const [owner, at] of [[pid, null], ['', long], [process.ppid, long], [process.pid, null]] as const) {
    writeFileSync(path, `${owner}`)
    if (at !== null) utimesSync(path, at, at)
    t.notOk(isTaken(path))
    t.equal(withLock(path, () => 'done', () => t.fail('no process to wait for')), 'done')
  }
})

test('of several processes one runs, and the others wait', async t => {
  const folder = t.testdir({})
  const one = `
    import { appendFileSync } from 'node:fs'
    import { withLock } from ${JSON.stringify(LOCK)}
    withLock('lock', () => {
      appendFileSync('log', 'begin ')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
      appendFileSync('log', 'end\\n')
    }, () => {})`
  writeFileSync(join(folder, 'one.mjs'), one)
  const all = `"${process.execPath}" one.mjs & `.repeat(4)
  t.equal(spawnSync('sh', ['-c', `${all} wait`], { cwd: folder }).status, 0)
  t.equal(readFileSync(join(folder, 'log'), 'utf8'), 'begin end\n'.repeat(4))
})
