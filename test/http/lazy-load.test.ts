import { fork } from 'node:child_process'
import { once } from 'node:events'
import { platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { lazyLoad } from '../../src/http/lazy-load.js'

test('what was loaded is not loaded again', async t => {
  let loads = 0
  const lazy = lazyLoad(() => ++loads)
  t.equal(lazy.loaded, undefined)
  t.same(await Promise.all([lazy.load(), lazy.load()]), [1, 1])
  t.equal(await lazy.load(), 1)
  t.equal(await lazy.loaded, 1)
})

test('after a failure the next call loads again', async t => {
  for (const fail of [() => { throw new Error('scarce') }, async () => { throw new Error('scarce') }]) {
    let loads = 0
    const lazy = lazyLoad(() => ++loads < 3 ? fail() : loads)
    const together = await Promise.allSettled([lazy.load(), lazy.load()])
    t.same(together.map(({ status }) => status), ['rejected', 'rejected'])
    t.equal(loads, 1)
    await t.rejects(lazy.load(), { message: 'scarce' })
    t.equal(await lazy.load(), 3)
  }
})

test('metrics and description can be loaded once file descriptors are free again', {
  skip: platform() === 'win32' && 'it has no such limit'
}, async t => {
  const script = fileURLToPath(new URL('./scarce.ts', import.meta.url))
  // A shell sets the limit and becomes the process.
  const execArgv = process.execArgv.filter(option => option.includes('/typescript/'))
  const child = fork(script, {
    execPath: '/bin/sh',
    execArgv: ['-c', 'ulimit -n 256; exec "$0" "$@"', process.execPath, ...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  const [answers] = await once(child, 'message')
  t.same(answers, { without: [500, 500], again: [200, 200] })
})
