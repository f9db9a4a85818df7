import { test } from 'tap'
import type { Store } from '../../../src/core/store.js'
import { claimBy, submissionOf } from '../fixture.js'
import { systemClock } from '../../../src/system/clock.js'
import { createProxy } from './proxy.js'
import { type Member, join, until } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

/** A store that is connected through a proxy, and one that is connected directly. */
async function scene (): Promise<{ near: Member, far: Member, proxy: Awaited<ReturnType<typeof createProxy>> }> {
  const url = await server.createDatabase()
  const proxy = await createProxy(server.port)
  return { near: await join(url), far: await join(url.replace(`:${server.port}/`, `:${proxy.port}/`)), proxy }
}

async function serves (store: Store): Promise<boolean> {
  return store.load().then(() => true, error => {
    if ((error as { code?: string }).code !== 'storage_unavailable') throw error
    return false
  })
}

/** Fulfilled when the first hears the changes of the second. */
async function hears ({ changes }: Member, { store }: Member): Promise<void> {
  changes.length = 0
  await until(async () => {
    const { id } = await store.submit(submissionOf('1+2'))
    await store.cancel(id)
    return changes.some(({ type }) => type === 'final')
  })
}

test('connections that are cut are replaced, and missed changes are looked for', async t => {
  const { near, far, proxy } = await scene()
  proxy.cut()
  await until(() => serves(far.store))
  await until(() => far.changes.some(({ type }) => type === 'missed'))
  await hears(far, near)
  t.match((await far.store.submit(submissionOf('1+2'))), { status: 'pending' })
  for (const { store } of [near, far]) await store.close()
  await proxy.close()
})

test('half-open connections are detected and replaced', async t => {
  const { near, far, proxy } = await scene()
  proxy.halfOpen()
  const refused = t.rejects(far.store.claim(claimBy()), { code: 'storage_unavailable' })
  await until(() => far.changes.some(({ type }) => type === 'missed'))
  await refused
  t.ok(await serves(far.store))
  t.same(await far.store.claim(claimBy()), [])
  await hears(far, near)
  for (const { store } of [near, far]) await store.close()
  await proxy.close()
})

test('however often connections were lost, one sign of life a second is due, and none in the end', async t => {
  const url = await server.createDatabase()
  const proxy = await createProxy(server.port)
  const due = new Map<symbol, number>()
  const clock = {
    ...systemClock,
    after (delayMs: number, act: () => void) {
      const timer = Symbol('timer')
      due.set(timer, delayMs)
      const cancel = systemClock.after(delayMs, () => {
        due.delete(timer)
        act()
      })
      return () => {
        due.delete(timer)
        cancel()
      }
    }
  }
  const { store, changes } = await join(url.replace(`:${server.port}/`, `:${proxy.port}/`), { clock })
  for (let round = 0; round < 2; round++) {
    changes.length = 0
    proxy.halfOpen()
    await until(() => changes.some(({ type }) => type === 'missed'))
    await until(() => serves(store))
  }
  t.equal([...due.values()].filter(delayMs => delayMs === 1_000).length, 1)
  await store.close()
  t.same([...due.values()], [])
  await proxy.close()
})

test('a listener that is replaced at once is no downtime: leases go on unchanged', async t => {
  const url = await server.createDatabase()
  const proxy = await createProxy(server.port)
  const { store, changes } = await join(url.replace(`:${server.port}/`, `:${proxy.port}/`))
  await store.submit(submissionOf('6*7', 60_000))
  await store.claim(claimBy())
  const deadline = async () => server.query(url, 'SELECT deadline FROM longhand.task')
  const before = await deadline()
  proxy.cut()
  await until(() => changes.some(({ type }) => type === 'missed'))
  t.same(await deadline(), before)
  await store.close()
  await proxy.close()
})

test('while the database is away verbs are refused, and afterwards nothing is lost', async t => {
  const { near, far, proxy } = await scene()
  const { id } = await far.store.submit(submissionOf('6*7', 60_000))
  const [task] = await far.store.claim(claimBy())
  await server.stop()
  const verbs: Array<() => Promise<unknown>> = [
    () => far.store.submit(submissionOf('1')), () => far.store.claim(claimBy()), () => far.store.find(id),
    () => far.store.report([{ task: task!.id, lease: task!.lease, result: 42 }]), () => far.store.expire(),
    () => far.store.renew([{ task: task!.id, lease: task!.lease }])
  ]
  for (const verb of verbs) await t.rejects(verb(), { code: 'storage_unavailable' })
  t.notOk(far.store.serves())
  await server.start()
  await until(() => serves(far.store))
  await until(() => far.store.serves())
  t.same(await far.store.report([{ task: task!.id, lease: task!.lease, result: 42 }]), ['accepted'])
  await hears(far, near)
  await hears(near, far)
  for (const { store } of [near, far]) await store.close()
  await proxy.close()
})

test('an expression without ready work leaves the schedule, and returns with its next ready task', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  const { id } = await store.submit(submissionOf('(1+2)*(3+4)'))
  const tasks = await store.claim(claimBy('agent', 2))
  await until(async () => (await server.query(url, 'SELECT FROM longhand.schedule')).length === 0)
  await store.report(tasks.map(task => ({ task: task.id, lease: task.lease, result: 3 })))
  t.match(await store.claim(claimBy()), [{ expression: id, symbol: '*' }])
  await store.close()
})
