import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { type Flows, onPostgres, startFlows } from '../references/bullmq.js'
import { type Postgres, startPostgres } from '../references/postgres.js'
import { launchServer } from '../server.js'
import { figure, inTurn, median, ratioOf } from '../statistics.js'
import { type Entry, atLeast, both } from '../table.js'
import { range, rate, solveAll, tree } from '../workload.js'
import { CONCURRENCY, OPERATIONS, TREES, jobsPerSecond } from './bullmq.js'

const SERVERS = 2

/** Tasks in one claim. */
const BATCH = 16

export const postgres: Measure = {
  name: 'postgres',
  about: `${SERVERS} servers on one PostgreSQL, beside BullMQ on PostgreSQL`,

  async run (bench: Bench): Promise<Entry[]> {
    const database = await startPostgres(await bench.folder('postgres'))
    const rates = await inTurn(bench.options.runs, {
      longhand: () => operationsPerSecond(bench, database),
      bullmq: () => onFlows(database, flows => jobsPerSecond(bench, flows, bench.options.seconds))
      // In any case: its package keeps this process alive while the server runs.
    }).finally(() => database.stop())
    const ratio = ratioOf(rates.longhand, rates.bullmq)
    return [{
      what: `PostgreSQL, ${SERVERS} servers: ${TREES} trees of ${OPERATIONS} repeatedly, batches of ${BATCH}`,
      measured: figure(rates.longhand, 'ops/s'),
      reference: { what: 'BullMQ flows on PostgreSQL', figure: figure(rates.bullmq, 'jobs/s') },
      ratio,
      target: both(atLeast(median(rates.longhand), 8_000, 'ops/s'), atLeast(ratio, 5, '×'))
    }]
  }
}

async function operationsPerSecond ({ options: { seconds }, folder }: Bench, database: Postgres): Promise<number> {
  const variables = { DATABASE_URL: await database.createDatabase(), TASK_NUM: BATCH }
  const power = CONCURRENCY / SERVERS
  const servers = await Promise.all(range(SERVERS).map(async () =>
    launchServer({ folder: await folder('server'), power, variables })))
  const client = createClient(servers[0]!.url, 100)
  const trees = range(TREES).map(() => tree(OPERATIONS))
  const act = (): Promise<number> => solveAll(client, trees)
  // As long as the run itself: fewer requests a second than elsewhere mean that V8 compiles later.
  await rate(seconds, act)
  const perSecond = await rate(seconds, act)
  await client.close()
  await Promise.all(servers.map(server => server.stop('SIGKILL')))
  return perSecond
}

/** Runs `act` on a fresh database. */
async function onFlows<T> (database: Postgres, act: (flows: Flows) => Promise<T>): Promise<T> {
  const flows = await startFlows(onPostgres(await database.createDatabase()), CONCURRENCY)
  try {
    return await act(flows)
  } finally {
    await flows.close()
  }
}
