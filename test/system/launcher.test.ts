import { test } from 'tap'
import { type ProcessInfo, findLauncher } from '../../src/system/launcher.js'

/** npm is process 10, and what it starts has larger numbers. */
function scene (commands: ReadonlyMap<number, ProcessInfo>, parent: number) {
  const processes = new Map(commands)
  let current = parent
  return {
    processes,
    adopt (by: number) { current = by },
    isRunning: findLauncher(() => current, id => processes.get(id) ?? null)
  }
}

const NPM: ProcessInfo = { parent: 5, command: ['npm exec .'] }

test('an npm that is the parent is there until another process adopts its child', async t => {
  const { isRunning, adopt } = scene(new Map([[10, NPM]]), 10)
  t.equal(isRunning?.(), true)
  adopt(1)
  t.equal(isRunning?.(), false)
})

test('behind the shell that runs its script, npm is gone when the shell is adopted or gone', async t => {
  const shell: ProcessInfo = { parent: 10, command: ['sh', '-c', 'node bin/longhand.js'] }
  for (const end of ['npm', 'shell']) {
    const { isRunning, adopt, processes } = scene(new Map([[10, NPM], [11, shell]]), 11)
    t.equal(isRunning?.(), true)
    if (end === 'npm') processes.set(11, { ...shell, parent: 1 })
    else adopt(1)
    t.equal(isRunning?.(), false, end)
  }
})

test('a shell that a person uses is no launcher, though npm may have started it', async t => {
  for (const command of [['bash'], ['-zsh'], ['/bin/sh', '-i']]) {
    t.equal(scene(new Map([[11, { parent: 10, command }]]), 11).isRunning, null)
  }
})

test('where the system says nothing of processes, the parent counts', async t => {
  const { isRunning, adopt } = scene(new Map(), 10)
  t.equal(isRunning?.(), true)
  adopt(1)
  t.equal(isRunning?.(), false)
})
