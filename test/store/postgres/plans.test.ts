import pg from 'pg'
import { test } from 'tap'
import { clientConfig, setUp } from '../../../src/store/postgres/client.js'
import { claim } from '../../../src/store/postgres/sql/claim.js'
import { due } from '../../../src/store/postgres/sql/due.js'
import { settle } from '../../../src/store/postgres/sql/settle.js'
import { type Statement, type Value, call } from '../../../src/store/postgres/statement.js'
import { claimBy, submissionOf } from '../fixture.js'
import { join } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

/** A node of a plan, as EXPLAIN tells it. */
interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Subplan Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Node[]
}

/** The plan of a statement as the store sends it, with what really happened; it happens, and is undone. */
async function explain<Parameters extends string> (
  url: string, statement: Statement<Parameters>, values: Readonly<Record<Parameters, Value>>
): Promise<Node> {
  const client = new pg.Client(clientConfig({ url, name: 'explain' }))
  await client.connect()
  await setUp(client)
  try {
    await client.query(`${statement.prepare}; BEGIN`)
    const { text } = call(statement, values, { at: null, tick: null })
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`)
    await client.query('ROLLBACK')
    return rows[0]!['QUERY PLAN'][0].Plan
  } finally {
    await client.end()
  }
}

function nodes (node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodes)]
}

function part (plan: Node, name: string): Node[] {
  const found = nodes(plan).find(node => node['Subplan Name'] === `CTE ${name}`)
  if (found === undefined) throw new Error(`The plan has no part ${name}`)
  return nodes(found)
}

/** Rows that a part has looked at. */
function looks (part: readonly Node[], relation: string): number {
  return part.filter(node => node['Relation Name'] === relation).reduce((sum, node) =>
    sum + ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 0), 0)
}

test('claims are served by indexes in the order of the line, and look at what they take', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  for (let count = 0; count < 300; count++) await store.submit(submissionOf('(1+2)*(3+4)*(5+6)', 0))
  const { symbols } = claimBy()
  const plan = await explain(url, claim, {
    agents: [null],
    servers: [null],
    starts: [1],
    symbols,
    max: 16,
    batch_ms: Infinity,
    lease: 'x',
    lease_ms: 1,
    named: ['task']
  })
  for (const name of ['suited', 'head']) {
    const steps = part(plan, name)
    t.notOk(steps.some(node => node['Node Type'].includes('Sort')), `${name} sorts nothing`)
    t.same(steps.flatMap(node => node['Index Name'] ?? []).sort(), ['line_turn', 'task_ready'])
    t.equal(looks(steps, 'line'), 16)
    t.ok(looks(steps, 'task') <= 32)
  }
  t.notOk(nodes(plan).some(node => node['Node Type'] === 'Seq Scan'), 'nothing is read from end to end')
  await store.close()
})

test('a settle reads the tasks that it names and those that wait for them', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  for (let count = 0; count < 100; count++) await store.submit(submissionOf('(1+2)*(3+4)*(5+6)', 0))
  const tasks = (await store.claim(claimBy('agent', 8))).map(({ id }) => id)
  const plan = await explain(url, settle, { tasks, values: tasks.map(() => 1), harmless: [], approved: false })
  t.notOk(nodes(plan).some(node => node['Node Type'] === 'Seq Scan'))
  t.ok(looks(part(plan, 'touched'), 'task') <= 3 * tasks.length)
  await store.close()
})

test('what is due is found without looking at what is not', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  for (let count = 0; count < 100; count++) await store.submit(submissionOf('1+2', 0))
  await store.claim(claimBy('agent', 100))
  const plan = await explain(url, due, { timeout_ms: 60_000, most: 100 })
  t.same(nodes(plan).flatMap(node => node['Index Name'] ?? []).sort(), ['expression_running', 'task_deadline'])
  t.equal(looks(nodes(plan), 'task') + looks(nodes(plan), 'expression'), 0)
  await store.close()
})
