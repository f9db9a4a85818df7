import pg from 'pg'
import { test } from 'tap'
import { clientConfig, setUp } from '../../../src/store/postgres/client-config.js'
import { changesOf, listChanges } from '../../../src/store/postgres/sql/changes.js'
import { claim } from '../../../src/store/postgres/sql/claim.js'
import { dueExpressions, dueTasks } from '../../../src/store/postgres/sql/due.js'
import { report } from '../../../src/store/postgres/sql/report.js'
import { type Parameters, type Statement, type Values, call, render } from '../../../src/store/postgres/statement.js'
import { claimBy, submissionOf } from '../fixture.js'
import { join } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

/** A node of a plan, as EXPLAIN prints it. */
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

/** The plan of a statement as the store sends it, with the actual rows; the statement is run and rolled back. */
async function explain<const Params extends Parameters> (
  url: string, statement: Statement<Params>, values: Values<Params>
): Promise<Node> {
  const client = new pg.Client(clientConfig(url, 'explain'))
  await client.connect()
  await setUp(client)
  try {
    await client.query(`${statement.prepare}; BEGIN`)
    const text = render(call(statement, values), { at: null, tick: null })
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

/** Rows that a part has read. */
function looks (part: readonly Node[], relation: string): number {
  return part.filter(node => node['Relation Name'] === relation).reduce((sum, node) =>
    sum + ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 0), 0)
}

test('claims are served by indexes in the order of the schedule, and read what they take', async t => {
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
  for (const name of ['candidates', 'first_tasks']) {
    const steps = part(plan, name)
    t.notOk(steps.some(node => node['Node Type'].includes('Sort')), `${name} sorts nothing`)
    t.same(steps.flatMap(node => node['Index Name'] ?? []).sort(), ['schedule_turn', 'task_ready'])
    t.equal(looks(steps, 'schedule'), 16)
    t.ok(looks(steps, 'task') <= 32)
  }
  t.notOk(nodes(plan).some(node => node['Node Type'] === 'Seq Scan'), 'no table is read from end to end')
  await store.close()
})

test('a report reads the tasks that it names and their dependents', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  for (let count = 0; count < 100; count++) await store.submit(submissionOf('(1+2)*(3+4)*(5+6)', 0))
  const tasks = (await store.claim(claimBy('agent', 8))).map(({ id }) => id)
  const values = tasks.map(() => 1)
  const leases = tasks.map(() => null)
  const plan = await explain(url, report, { tasks, values, leases, total_symbols: [], checked: false })
  t.notOk(nodes(plan).some(node => node['Node Type'] === 'Seq Scan'))
  t.ok(looks(part(plan, 'locked'), 'task') <= 3 * tasks.length)
  await store.close()
})

test('what is due is found without reading what is not', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  for (let count = 0; count < 100; count++) await store.submit(submissionOf('1+2', 0))
  await store.claim(claimBy('agent', 100))
  const tasks = nodes(await explain(url, dueTasks, { most: 100 }))
  const expressions = nodes(await explain(url, dueExpressions, { timeout_ms: 60_000, most: 100 }))
  t.same([...tasks, ...expressions].flatMap(node => node['Index Name'] ?? []), ['task_deadline', 'expression_running'])
  t.equal(looks(tasks, 'task') + looks(expressions, 'expression'), 0)
  await store.close()
})

test('changes of the list are found by their index, and those of an expression by its tasks', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url, { paceMs: 0 })
  for (let count = 0; count < 100; count++) await store.submit(submissionOf('(1+2)*(3+4)', 0))
  const [row] = await server.query(url, 'SELECT pg_current_snapshot()::text AS base')
  await store.cancel(7)
  const requests = { bases: [String(row!['base'])], nexts: [null], afters: [0], most: [1_000] }
  const list = nodes(await explain(url, listChanges, requests))
  const one = nodes(await explain(url, changesOf, { expressions: [7], eager: [1], ...requests }))
  const scanned = [...list, ...one].filter(node => node['Node Type'] === 'Seq Scan')
  t.same(scanned.filter(node => node['Relation Name'] !== 'deletion_pruned'), [], 'which has one row')
  t.ok(list.some(node => node['Index Name'] === 'expression_changed' && node['Actual Rows'] === 1))
  t.ok(looks(list, 'expression') <= 5)
  t.ok(looks(one, 'task') <= 3 * 4)
  await store.close()
})
