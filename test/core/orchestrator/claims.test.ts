import { setImmediate as settled } from 'node:timers/promises'
import { LEAVING_MS } from '../../../src/core/orchestrator/agent-instances.js'
import { submissionOf } from '../../store/fixture.js'
import { scene, show } from './scene.js'

const SYMBOLS = ['+', '-', '*', '/']

scene('a batch of operations that take no time is one poll\'s, and the others sleep on', async (t, bench) => {
  const { orchestrator, asked } = bench
  const claim = (agent: string) =>
    orchestrator.claim({ agent, symbols: ['/', '%'], max: 64, batchMs: 10 }, { waitMs: 1_000 })
  const claims = ['a', 'b', 'c'].map(claim)
  await settled()
  asked.length = 0
  // The scene has no time for %, so it takes none.
  await bench.submit('5%3+7%4+9%5')
  t.equal(show(await claims[0]!), '5%3 7%4 9%5')
  await settled()
  t.same(asked, ['a'])
  orchestrator.drain()
  await Promise.all(claims)
})

scene('operations that take time go to as many claims as there are', async (t, bench) => {
  const claim = (agent: string) =>
    bench.orchestrator.claim({ agent, symbols: SYMBOLS, max: 64, batchMs: 1_000 }, { waitMs: 1_000 })
  const claims = ['a', 'b'].map(claim)
  await settled()
  await bench.submit('(1*2+3*4)/(5*6+7*8)')
  t.same((await Promise.all(claims)).map(show), ['1*2', '3*4 5*6 7*8'], 'the last one leaves work for others')
})

scene('a claim that leaves tasks that it was woken for wakes the next', async (t, bench) => {
  const claim = (agent: string) =>
    bench.orchestrator.claim({ agent, symbols: ['%'], max: 64, batchMs: 10 }, { waitMs: 1_000 })
  const claims = ['a', 'b', 'c'].map(claim)
  await settled()
  // Planned when % still took its time: one poll was thought to take all.
  await bench.store.submit(submissionOf('5%3+7%4+9%5', 100))
  t.same((await Promise.all(claims)).map(show), ['5%3', '7%4', '9%5'])
})

scene('a poll that has left is not woken, and its task goes to another', async (t, bench) => {
  const { orchestrator } = bench
  const identity = { agent: 'a', instance: 'i' }
  const leaving = orchestrator.claim({ ...identity, symbols: SYMBOLS, max: 1 }, { waitMs: 1_000 })
  const other = bench.poll('b')
  await settled()
  const submitted = bench.submit('1*2')
  await orchestrator.heartbeat({ identity, working: [], releasing: [], leaving: true })
  await submitted
  t.equal(show(await leaving), '')
  t.equal(await other, '1*2')
})

scene('a woken claim whose agent leaves passes its task on', async (t, bench) => {
  const { orchestrator } = bench
  const identity = { agent: 'a', instance: 'i' }
  const leaving = orchestrator.claim({ ...identity, symbols: SYMBOLS, max: 1 }, { waitMs: 1_000 })
  const other = bench.poll('b')
  await settled()
  const unwatch = bench.store.watch(() => {
    orchestrator.heartbeat({ identity, working: [], releasing: [], leaving: true })
  })
  await bench.submit('1*2')
  t.equal(show(await leaving), '')
  t.equal(await other, '1*2')
  unwatch()
})

scene('a poll whose agent leaves while the store is asked is not parked', async (t, bench) => {
  const { orchestrator } = bench
  const identity = { agent: 'a', instance: 'i' }
  bench.afterClaim = () => orchestrator.heartbeat({ identity, working: [], releasing: [], leaving: true })
  const leaving = orchestrator.claim({ ...identity, symbols: SYMBOLS, max: 1 }, { waitMs: 1_000 })
  await settled()
  t.same([...(await orchestrator.agents()).agents].map(({ waiting }) => waiting), [0])
  bench.clock.advance(1_000)
  t.equal(show(await leaving), '')
})

scene('an agent that has left and is started again with its name is served again', async (t, bench) => {
  const { orchestrator, clock } = bench
  const identity = { agent: 'a', instance: 'i' }
  await bench.submit('1*2')
  await orchestrator.heartbeat({ identity, working: [], releasing: [], leaving: true })
  const claim = { ...identity, symbols: SYMBOLS, max: 1 }
  t.equal(show(await orchestrator.claim(claim)), '')
  clock.advance(LEAVING_MS)
  t.equal(show(await orchestrator.claim(claim)), '1*2')
})

scene('a woken claim that the store refuses passes its task on', async (t, bench) => {
  const first = bench.poll('a')
  const second = bench.poll('b')
  await settled()
  bench.asked.length = 0
  bench.beforeClaim = agent => {
    if (agent === 'a') throw new Error('the store is away')
  }
  await bench.submit('1*2')
  await t.rejects(first, /the store is away/)
  t.equal(await second, '1*2')
})

scene('what was reported counts while its agent waits for the next task', async (t, bench) => {
  const { orchestrator, clock } = bench
  const id = await bench.submit('1*2+3')
  const agent = { agent: 'a', symbols: ['/'], max: 1 }
  // The result of a task that was not claimed begins the expression, and its time.
  const waiting = orchestrator.report([{ task: 1, lease: null, result: 2 }], agent, { waitMs: 30_000 })
  await settled()
  t.match((await orchestrator.agents()).agents, [{ name: 'a', completed: 1, waiting: 1 }])
  clock.advance(3_000)
  await settled()
  t.match(await orchestrator.expression(id), { status: 'failed', error: { code: 'calculation_timeout' } })
  clock.advance(27_000)
  t.same((await waiting).claimed, [])
}, { timeoutMs: 3_000 })
