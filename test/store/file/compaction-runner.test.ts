import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { compactInWorker } from '../../../src/store/file/compaction-runner.js'
import { systemClock } from '../../../src/system/clock.js'
import { realDisk } from '../../../src/store/file/disk.js'

function moduleOf (code: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}

test('a thread that cannot start, fails or ends early is an error of its compaction alone', async t => {
  const entries: ReadonlyArray<readonly [URL, RegExp]> = [
    [new URL('./no-such-file.js', import.meta.url), /Cannot find module/],
    [moduleOf('export default {'), /Unexpected end of input/],
    [moduleOf('throw new RangeError("too long")'), /too long/],
    [moduleOf('setImmediate(() => { throw new RangeError("late") })'), /late/],
    [moduleOf('process.exit(3)'), /The thread ended with code 3/]
  ]
  for (const [entry, error] of entries) {
    await t.rejects(compactInWorker('x.json', systemClock, entry)(5, new AbortController().signal), error)
  }
  await t.resolves(compactInWorker('x.json', systemClock, moduleOf(''))(5, new AbortController().signal))
})

test('a thread that hangs is terminated, rejects with the reason, and releases its files', async t => {
  const path = join(t.testdir(), 'longhand.json')
  const abort = new AbortController()
  const entry = new URL('./hanging-worker.ts', import.meta.url)
  const compacting = compactInWorker(path, systemClock, entry)(5, abort.signal)
  while (!existsSync(`${path}.begun`)) await new Promise(resolve => setImmediate(resolve))
  await t.rejects(realDisk.create(`${path}.new`), /in use/)
  abort.abort(new Error('it takes too long'))
  await t.rejects(compacting, { message: 'it takes too long' })
  await (await realDisk.create(`${path}.new`)).close()
})

test('a compaction that was aborted before is not started', async t => {
  const compact = compactInWorker('x.json', systemClock, moduleOf('throw new Error("started")'))
  await t.rejects(compact(5, AbortSignal.abort()), { name: 'AbortError' })
})
