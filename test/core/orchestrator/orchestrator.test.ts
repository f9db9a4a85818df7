import { setImmediate as settled } from 'node:timers/promises'
import { answer, claimBy, submissionOf } from '../../store/fixture.js'
import { WAIT_MS, scene, show } from './scene.js'

scene('ready work is claimed at once, and without wait options there is no waiting', async (t, bench) => {
  const { orchestrator, clock } = bench
  t.same(await orchestrator.claim(claimBy()), [])
  await bench.submit('1+2')
  t.equal(await bench.poll('patient'), '1+2')
  t.equal(clock.timers, 1, 'the lease, and no request waits')
})

scene('claims are answered when work arrives, first come, first served', async (t, bench) => {
  const claims = [bench.poll('first'), bench.poll('second')]
  await settled()
  await bench.submit('1+2')
  t.equal(await claims[0], '1+2')
  await bench.submit('3+4')
  t.equal(await claims[1], '3+4')
})

scene('one task wakes one of many claims', async (t, bench) => {
  const claims = Array.from({ length: 50 }, (_, number) => bench.poll(`agent ${number}`))
  await settled()
  t.equal(bench.asked.length, 50)
  bench.asked.length = 0
  await bench.submit('1+2')
  await settled()
  t.same(bench.asked, ['agent 0'])
  await bench.submit('(1+2)*(3+4)')
  await settled()
  t.same(bench.asked, ['agent 0', 'agent 1', 'agent 2'], 'two tasks wake two')
  t.same(await Promise.all(claims.slice(0, 3)), ['1+2', '1+2', '3+4'])
})

scene('a poll that cannot do the operation is not woken and does not stand in the way', async (t, bench) => {
  const multiplier = bench.poll('multiplier', '*')
  const adder = bench.poll('adder', '+')
  await settled()
  bench.asked.length = 0
  await bench.submit('1+2')
  t.equal(await adder, '1+2')
  t.same(bench.asked, ['adder'])
  await bench.submit('3*4')
  t.equal(await multiplier, '3*4')
})

scene('a claim that takes another task than it was woken for leaves that one to the next', async (t, bench) => {
  const versatile = bench.poll('versatile', '+*')
  const adder = bench.poll('adder', '+')
  const multiplier = bench.poll('multiplier', '*')
  await settled()
  // The product is named first, and wakes the versatile one, which gets the sum, which has the longer path.
  await bench.submit('1*2 + (3+4+5)')
  t.equal(await versatile, '3+4')
  t.equal(await multiplier, '1*2')
  bench.orchestrator.drain()
  t.equal(await adder, '')
})

scene('work that arrives between an empty claim and the wait is not missed', async (t, bench) => {
  bench.afterClaim = tasks => {
    bench.afterClaim = () => {}
    t.same(tasks, [])
    return bench.submit('1+2')
  }
  t.equal(await bench.poll('unlucky'), '1+2')
})

scene('a poll ends empty when its wait is over, however often it was woken for nothing', async (t, bench) => {
  const poll = bench.poll('late')
  await settled()
  for (const elapsed of [10_000, 10_000]) {
    bench.clock.advance(elapsed)
    const submitted = bench.store.submit(submissionOf('1+2'))
    // Before the one that was woken can ask.
    t.equal((await Promise.all([submitted, bench.store.claim(claimBy('thief'))]))[1].length, 1)
    await settled()
  }
  t.same(bench.asked, ['late', 'late', 'late'])
  bench.clock.advance(9_999)
  t.equal(await Promise.race([poll, settled('still waiting')]), 'still waiting')
  bench.clock.advance(1)
  t.equal(await poll, '')
}, { leaseMs: 2 * WAIT_MS })

scene('a poll whose caller goes leaves its turn to the next', async (t, bench) => {
  const caller = new AbortController()
  const gone = bench.poll('gone', '+', caller.signal)
  const next = bench.poll('next', '+')
  await settled()
  caller.abort()
  t.equal(await gone, '')
  bench.asked.length = 0
  await bench.submit('1+2')
  t.equal(await next, '1+2')
  t.same(bench.asked, ['next'])
})

scene('a task that is given back goes to a poll that waits', async (t, { orchestrator, submit, poll }) => {
  await submit('1+2')
  const [task] = await orchestrator.claim(claimBy())
  const other = poll('other')
  await settled()
  t.same(await orchestrator.release([{ task: task!.id, lease: task!.lease }]), ['accepted'])
  t.equal(await other, '1+2')
})

scene('a lease ends as the clock turns, and a poll that waits gets the task', async (t, bench) => {
  const { orchestrator, clock, submit, poll } = bench
  await submit('1+2')
  const [task] = await orchestrator.claim(claimBy('dying'))
  const other = poll('other')
  await settled()
  clock.advance(task!.leaseMs - 1)
  await settled()
  t.equal(await Promise.race([other, settled('still waiting')]), 'still waiting')
  clock.advance(1)
  t.equal(await other, '1+2')
  clock.advance(task!.leaseMs)
  await settled()
  clock.advance(task!.leaseMs)
  await settled()
  t.match(await orchestrator.expression(1), { status: 'failed', error: { code: 'attempts_exhausted' } })
  t.equal(clock.timers, 0, 'nothing is due any more')
})

scene('the lease of a task that was claimed with a report ends too', async (t, { orchestrator, clock, submit }) => {
  await submit('1+2')
  const { claimed } = await orchestrator.report([], claimBy())
  clock.advance(claimed[0]!.leaseMs)
  await settled()
  t.equal(show(await orchestrator.claim(claimBy())), '1+2')
})

scene('a report with a claim is answered with what there is, or waits for it', async (t, bench) => {
  const { orchestrator } = bench
  await bench.submit('1+2+3')
  const [first] = await orchestrator.claim(claimBy())
  const wait = { waitMs: WAIT_MS }
  const { outcomes, claimed } = await orchestrator.report(
    [{ task: first!.id, lease: first!.lease, result: answer(first!) }], claimBy(), wait)
  t.same(outcomes, ['accepted'])
  t.equal(show(claimed), '3+3')

  const last = claimed[0]!
  const report = orchestrator.report([{ task: last.id, lease: last.lease, result: 6 }], claimBy(), wait)
  await settled()
  t.match(await orchestrator.expression(1), { status: 'completed', result: 6 }, 'it is settled before the wait')
  await bench.submit('7+8')
  t.same((await report).outcomes, ['accepted'])
  t.equal(show((await report).claimed), '7+8')

  t.same(await orchestrator.report([{ task: 99, lease: null, result: 1 }]), { outcomes: ['unknown'], claimed: [] })
  t.same((await orchestrator.report([], claimBy())).claimed, [], 'without wait options it does not wait')
})

scene('a report with a claim does not miss what arrives before it waits', async (t, bench) => {
  bench.afterClaim = () => {
    bench.afterClaim = () => {}
    return bench.submit('1+2')
  }
  t.equal(show((await bench.orchestrator.report([], claimBy(), { waitMs: WAIT_MS })).claimed), '1+2')
})

scene('an expression is answered as soon as it is final', async (t, { orchestrator, clock, submit }) => {
  await submit('1+2')
  t.match(await orchestrator.expression(1), { status: 'pending' })
  const readers = [1, 2].map(() => orchestrator.expression(1, { waitMs: WAIT_MS }))
  await settled()
  t.equal(clock.timers, 1, 'one for both')
  await orchestrator.report([{ task: 1, lease: null, result: 3 }])
  for (const reader of readers) t.match(await reader, { status: 'completed', result: 3 })
  t.match(await orchestrator.expression(1, { waitMs: WAIT_MS }), { status: 'completed' }, 'at once when it is final')
  t.equal(clock.timers, 0)
})

scene('an expression that becomes final between the look and the wait is not missed', async (t, bench) => {
  await bench.submit('1+2')
  const reader = bench.orchestrator.expression(1, { waitMs: WAIT_MS })
  await bench.store.report([{ task: 1, lease: null, result: 3 }])
  t.match(await reader, { status: 'completed' })
})

scene('a reader whose wait is over gets the state of that moment', async (t, { orchestrator, clock, submit }) => {
  await submit('1+2+3')
  const reader = orchestrator.expression(1, { waitMs: 5_000 })
  await settled()
  await orchestrator.report([{ task: 1, lease: null, result: 3 }])
  t.equal(await Promise.race([reader, settled('still waiting')]), 'still waiting')
  clock.advance(5_000)
  t.match(await reader, { status: 'in_progress', result: null, operations: { completed: 1 } })
})

scene('an unknown id is not waited for', async (t, { orchestrator, clock }) => {
  await t.rejects(orchestrator.expression(7), { code: 'expression_unknown', message: /7/ })
  await t.rejects(orchestrator.expression(7, { waitMs: WAIT_MS }), { code: 'expression_unknown' })
  await t.rejects(orchestrator.operationsOf(7), { code: 'expression_unknown' })
  t.equal(clock.timers, 0)
})

scene('draining answers all waiting requests, and takes results to the end', async (t, bench) => {
  const { orchestrator, clock } = bench
  await bench.submit('1+2+3')
  const [task] = await orchestrator.claim(claimBy())
  const waiting = [bench.poll('one'), bench.poll('other')]
  const reader = orchestrator.expression(1, { waitMs: WAIT_MS })
  await settled()
  t.notOk(orchestrator.draining)
  orchestrator.drain()
  t.ok(orchestrator.draining)
  t.same(await Promise.all(waiting), ['', ''])
  t.match(await reader, { status: 'in_progress' })
  await t.rejects(orchestrator.calculate({ source: '1+1' }), { code: 'draining' })

  bench.asked.length = 0
  const report = { task: task!.id, lease: task!.lease, result: 3 }
  t.same(await orchestrator.report([report], claimBy(), { waitMs: WAIT_MS }), { outcomes: ['accepted'], claimed: [] })
  t.equal(await bench.poll('late'), '', 'though there is a task')
  t.match(await orchestrator.expression(1, { waitMs: WAIT_MS }), { operations: { completed: 1 } }, 'at once')
  t.same(bench.asked, [])
  t.equal(clock.timers, 1, 'expiry goes on')
})

scene('a poll that was woken before the draining is handed nothing', async (t, bench) => {
  const poll = bench.poll('woken')
  await settled()
  // The memory store tells at once what became ready; the poll goes on later.
  const submitted = bench.submit('1+2')
  bench.orchestrator.drain()
  t.equal(await poll, '')
  t.match(await bench.orchestrator.expression(await submitted), { status: 'pending' })
})

scene('closing lets go of the store and of all timers', async (t, bench) => {
  await bench.submit('1+2')
  await bench.orchestrator.claim(claimBy())
  const waiting = bench.poll('poll')
  const reader = bench.orchestrator.expression(1, { waitMs: WAIT_MS })
  await settled()
  t.equal(bench.clock.timers, 2, 'the one of expiry, and one for all waits')
  bench.orchestrator.close()
  t.equal(bench.clock.timers, 0)
  t.equal(await waiting, '')
  t.match(await reader, { status: 'in_progress' })
})

scene('the operations have the times that they were given', async (t, { orchestrator }) => {
  t.match(orchestrator.operations(), [{ symbol: '+', timeMs: 100 }, { symbol: '-' }, { symbol: '*' }, { symbol: '/' }])
})

scene('an expression that takes too long ends when its time is over, and not with a lease', async (t, bench) => {
  const { orchestrator, clock } = bench
  const id = await bench.submit('1+2')
  await orchestrator.claim(claimBy())
  const reader = orchestrator.expression(id, { waitMs: WAIT_MS })
  clock.advance(2_999)
  await settled()
  t.match(await orchestrator.expression(id), { status: 'in_progress' })
  clock.advance(1)
  t.match(await reader, { status: 'failed', error: { code: 'calculation_timeout' } })
}, { timeoutMs: 3_000 })

scene('a lease is not ended while a result that has arrived is still being kept', async (t, bench) => {
  const { orchestrator, clock } = bench
  const id = await bench.submit('1+2')
  const [task] = await orchestrator.claim({ agent: 'slow', symbols: ['+'], max: 1 })
  let keep = (): void => {}
  bench.beforeReport = () => new Promise(resolve => { keep = resolve })
  const reported = orchestrator.report([{ task: task!.id, lease: task!.lease, result: 3 }])
  clock.advance(1_000_000)
  await settled()
  t.match((await orchestrator.operationsOf(id)).tasks, [{ state: 'leased' }])
  keep()
  t.same((await reported).outcomes, ['accepted'])
  await settled()
  t.match((await orchestrator.measure()).counts, { expired: 0 })
})

scene('a client that cancels while the server drains gets its own expression, however few are kept',
  async (t, { orchestrator, submit }) => {
    const ids = [await submit('1+2'), await submit('3+4')]
    orchestrator.drain()
    const answers = await Promise.all(ids.map(id => orchestrator.cancel(id)))
    t.same(answers.map(({ id, status }) => [id, status]), ids.map(id => [id, 'cancelled']))
  }, { retain: 1 })
