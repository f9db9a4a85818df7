import { test } from 'tap'
import { RULES, claimBy, submissionOf } from '../fixture.js'
import { join, until } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

/** Makes the database refuse rows of a table for which a condition holds, with this code. */
async function poison (url: string, table: string, condition: string, code: string): Promise<void> {
  await server.query(url, `
    CREATE FUNCTION refuse_${table} () RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'refused' USING ERRCODE = '${code}';
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON longhand.${table} FOR EACH ROW WHEN (${condition})
      EXECUTE FUNCTION refuse_${table} ()`)
}

test('a submit that the database refuses fails alone, with the reason', async t => {
  const codes = [['22P05', 'body_invalid'], ['23514', '23514'], ['57014', 'storage_unavailable']] as const
  for (const [code, told] of codes) {
    const url = await server.createDatabase()
    const { store } = await join(url)
    await poison(url, 'expression', "NEW.source = '6*6'", code)
    const sources = ['1+1', '2+2', '6*6', '3+3', '4+4', '6*6', '5+5']
    const submits = sources.map(source => store.submit(submissionOf(source)))
    const settled = await Promise.allSettled(submits)
    for (const [index, source] of sources.entries()) {
      const wanted = source === '6*6' ? { reason: { code: told } } : { value: { source, status: 'pending' } }
      // After two that are unavailable, the rest fails at once.
      if (code === '57014' && index > 5) t.match(settled[index], { reason: { code: told } })
      else t.match(settled[index], wanted, `${source} with ${code}`)
    }
    t.equal((await store.list({})).length, code === '57014' ? 4 : 5, 'none is stored twice')
    await store.close()
  }
})

test('a report that the database refuses fails alone, together with its claim', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  for (const source of ['1+1', '2+2', '3+3', '4+4']) await store.submit(submissionOf(source))
  const tasks = await store.claim(claimBy('agent', 4))
  await store.submit(submissionOf('5+5'))
  await poison(url, 'task', 'NEW.value = 13', '22P05')
  const reports = tasks.map(({ id: task, lease }, index) => {
    const report = { task, lease, result: index === 2 ? 13 : 2 * task }
    return index === 3 ? store.reportAndClaim([report], claimBy()) : store.report([report])
  })
  const accepted = { value: ['accepted'] }
  t.match(await Promise.allSettled(reports), [
    accepted,
    accepted,
    { reason: { code: 'body_invalid' } },
    { value: { outcomes: ['accepted'], claimed: [{ id: 5 }] } }
  ])
  t.match(await store.find(3), { status: 'in_progress' })
  await store.close()
})

test('submits share a transaction up to a limit, and a larger one goes alone', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  const lengths = [10, 400_000, 400_000, 400_000, 2_000_000, 10, 10]
  await Promise.all(lengths.map(length => store.submit({ ...submissionOf('1+1'), source: '1+1'.padEnd(length) })))
  const transactions = await server.query(url,
    'SELECT array_agg(id::integer ORDER BY id) AS ids FROM longhand.expression GROUP BY xmin::text ORDER BY min(id)')
  t.same(transactions.map(({ ids }) => ids), [[1], [2, 3], [4], [5], [6, 7]])
  await store.close()
})

test('a lease that the database refuses to end delays the end of no other', async t => {
  for (const [attempts, state] of [[2, "'ready'"], [1, "'overdue'"]] as const) {
    const url = await server.createDatabase()
    const { store } = await join(url, { rules: { ...RULES, leaseMs: 1, attempts } })
    for (const source of ['1+1', '2+2', '3+3']) await store.submit(submissionOf(source, 0))
    await store.claim(claimBy('gone', 3))
    await poison(url, 'task', `NEW.id = 2 AND NEW.state = ${state}`, '23514')
    const states = async () =>
      Promise.all([1, 2, 3].map(async id => (await store.findOperations(id))!.tasks[0]!.state))
    await until(async () => {
      await t.rejects(store.expire(), { code: '23514' }, 'and the error is reported')
      return (await states()).filter(now => now === 'leased').length === 1
    })
    t.equal((await states())[1], 'leased')
    await store.close()
  }
})
