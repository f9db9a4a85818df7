import { type StoreFixture, TEXTS, claimBy, claimOne, submissionOf, suiteOf, taskOf } from '../fixture.js'

/** Lookups of an expression and its operations. */
export function findConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('the operations of an expression show the state of each task', async (t, { store }) => {
    await store.submit(submissionOf('1'))
    await store.submit(submissionOf('(1+2)*3'))
    await claimOne(store)
    t.match(await store.findOperations(2), {
      firstTask: 1,
      expression: { id: 2, status: 'in_progress' },
      operations: [{ symbol: '+', left: 1, right: 2, pathMs: 200 }, { symbol: '*', left: { of: 0 }, right: 3 }],
      tasks: [{ state: 'leased', agent: 'tester', attempts: 1 }, { state: 'waiting' }]
    })
    t.equal(await store.findOperations(3), null)
    t.equal(await store.find(3), null)
  })

  suite('every sign of life updates an expression', async (t, { store, clock }) => {
    const { id, createdAt, updatedAt } = await store.submit(submissionOf('1*2+3*4', 100))
    t.equal(updatedAt, createdAt)
    const updated = async (what: string, act: () => Promise<unknown>, does = true): Promise<void> => {
      const before = (await store.find(id))!.updatedAt
      clock.advance(50)
      await act()
      t.equal((await store.find(id))!.updatedAt, does ? clock.now() : before, what)
    }
    let task = await claimOne(store)
    const claimAgain = async (): Promise<void> => { task = await claimOne(store) }
    const lease = () => [{ task: task.id, lease: task.lease }]
    const error = { code: 'operation_failed', message: 'out of beads', retryable: true }
    t.equal((await store.find(id))!.updatedAt, clock.now(), 'claim')
    await updated('nothing', async () => {}, false)
    await updated('heartbeat', () => store.renew(lease()))
    await updated('heartbeat with an unknown lease', () => store.renew([{ task: task.id, lease: 'x' }]), false)
    await updated('release', () => store.release(lease()))
    await updated('release again', () => store.release(lease()), false)
    await updated('claim after the release', claimAgain)
    await updated('error', () => store.report([{ task: task.id, lease: task.lease, error }]))
    await updated('claim after the error', claimAgain)
    await updated('the end of the last lease', async () => {
      clock.advance(20_000)
      await store.expire()
    })
    await updated('late result', () => store.report([{ task: task.id, lease: null, result: 2 }]))
    await updated('the same result again', () => store.report([{ task: task.id, lease: null, result: 2 }]), false)
    await updated('claim of the other product', claimAgain)
    await updated('the end of a lease', async () => {
      clock.advance(20_000)
      await store.expire()
    })
    await updated('a result without a claim', () => store.report([{ task: task.id, lease: null, result: 12 }]))
    await updated('end', () => store.cancel(id))
    await updated('heartbeat after the end', () => store.renew(lease()), false)
    await updated('a result after the end', () => store.report([{ task: 3, lease: null, result: 14 }]), false)
  })

  suite('texts are returned unchanged, also after a restart', async (t, { store, restart }) => {
    for (const text of TEXTS) {
      const { id } = await store.submit(taskOf(text, 0))
      const [task] = await store.claim(claimBy(text))
      const error = { code: text, message: text, retryable: false }
      const outcomes = await store.report([{ task: task!.id, lease: task!.lease, error }])
      t.same(outcomes, ['accepted'])
      t.equal((await store.report([{ task: task!.id, lease: text, result: 1 }]))[0], 'ignored')
      t.match(await store.find(id), { source: text, error: { code: text } })
    }
    const opened = fixture.durable ? await restart() : store
    for (const [index, text] of TEXTS.entries()) {
      const found = (await opened.find(index + 1))!
      t.equal(found.source, text)
      t.equal(found.error?.code, text)
      t.ok(found.error?.message.includes(text))
      t.equal((await opened.findOperations(index + 1))!.tasks[0]!.agent, text)
    }
  })
}
