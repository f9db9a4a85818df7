import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { alone, isTaken } from '../../scripts/lock.js'

const LOCK = fileURLToPath(new URL('../../scripts/lock.js', import.meta.url))

test('the lock names its owner and is gone afterwards, also after a failure', async t => {
  const path = join(t.testdir({}), 'lock')
  t.equal(alone(path, () => readFileSync(path, 'utf8'), () => {}), `${process.pid}\n`)
  t.throws(() => alone(path, () => { throw new Error('broken') }, () => {}), /broken/)
  t.notOk(existsSync(path))
})

test('one whose owner is dead, was cut off, or is as old as a container counts for nothing', async t => {
  const path = join(t.testdir({}), 'lock')
  const { pid } = spawnSync(process.execPath, ['--version'])
  const long = new Date(Date.now() - 3_600_000)
  for (const [owner, at] of [[pid, null], ['', long], [process.ppid, long], [process.pid, null]] as const) {
    writeFileSync(path, `${owner}`)
    if (at !== null) utimesSync(path, at, at)
    t.notOk(isTaken(path))
    t.equal(alone(path, () => 'done', () => t.fail('there is nobody to wait for')), 'done')
  }
})

test('of many at once one does it, and the others wait', async t => {
  const folder = t.testdir({})
  const one = `
    import { appendFileSync } from 'node:fs'
    import { alone } from ${JSON.stringify(LOCK)}
    alone('lock', () => {
      appendFileSync('log', 'begin ')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
      appendFileSync('log', 'end\\n')
    }, () => {})`
  writeFileSync(join(folder, 'one.mjs'), one)
  const all = `"${process.execPath}" one.mjs & `.repeat(4)
  t.equal(spawnSync('sh', ['-c', `${all} wait`], { cwd: folder }).status, 0)
  t.equal(readFileSync(join(folder, 'log'), 'utf8'), 'begin end\n'.repeat(4))
})
