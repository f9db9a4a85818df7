import { setTimeout as delay } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { freePort } from '../free-port.js'
import { type Proxy, createProxy } from '../store/postgres/proxy.js'
import { type Server, startServer } from '../store/postgres/server.js'
import { audit, audited } from './audit.js'
import { type Launched, call, launch, launchServer } from './launch.js'
import { type Random, createRandom, randomExpression } from './random.js'

/**
 * Two servers, three agents and their database, of which something fails in every round, while clients submit without
 * pause. LONGHAND_ROUNDS makes the run longer, LONGHAND_SEED repeats one.
 */
const ROUNDS = Number(process.env['LONGHAND_ROUNDS'] ?? 6)
const SEED = Number(process.env['LONGHAND_SEED'] ?? Date.now() % 1_000_000)

const CLIENTS = 4
const AGENTS = 3

/** What has to happen after a fault for a round to be over: so many acknowledged submits, and as many results. */
const PROGRESS = 20

const VARIABLES = {
  TIME_ADDITION_MS: 0,
  TIME_SUBTRACTION_MS: 1,
  TIME_MULTIPLICATIONS_MS: 2,
  TASK_LEASE_MS: 1_000,
  TASK_ATTEMPTS: 1_000_000,
  RETAIN_EXPRESSIONS: 1_000_000,
  LOG_LEVEL: 'fatal'
}

interface Submitted {
  readonly id: number
  readonly source: string
  readonly value: number
}

interface Shown {
  readonly status: string
  readonly result: number | null
}

/** A server with its own way to the database. */
interface Seat {
  readonly url: string
  readonly proxy: Proxy
  restart (): Promise<void>
  kill (): Promise<void>
}

interface World {
  readonly database: Server
  readonly seats: readonly Seat[]
  readonly agents: Launched[]
  startAgent (): Launched
}

/** The faults, each with its repair. */
const FAULTS: Readonly<Record<string, (world: World, random: Random) => Promise<void>>> = {
  'a server is killed': async ({ seats }, random) => {
    const seat = seats[random.below(seats.length)]!
    await seat.kill()
    await delay(random.below(300))
    await seat.restart()
  },
  'an agent is killed': async ({ agents, startAgent }, random) => {
    const place = random.below(agents.length)
    await agents[place]!.stop('SIGKILL')
    agents[place] = startAgent()
  },
  'connections to the database are cut': async ({ seats }, random) => {
    seats[random.below(seats.length)]!.proxy.cut()
  },
  'PostgreSQL is restarted': async ({ database }, random) => {
    await database.stop()
    await delay(random.below(500))
    await database.start()
  },
  'a server and an agent are killed together': async (world, random) => {
    await Promise.all([FAULTS['an agent is killed']!(world, random), FAULTS['a server is killed']!(world, random)])
  },
  'connections are half open': async ({ seats }, random) => {
    seats[random.below(seats.length)]!.proxy.halfOpen()
  },
  'PostgreSQL crashes': async ({ database }) => {
    await database.crash()
    await database.start()
  },
  'a server loses its way to the database for a while': async ({ seats }, random) => {
    const { proxy } = seats[random.below(seats.length)]!
    proxy.refuse()
    await delay(1_500)
    proxy.heal()
  }
}

const database = await startServer()

test(`nothing acknowledged is lost in ${ROUNDS} faults of many kinds`, {
  timeout: 120_000 + ROUNDS * 30_000
}, async t => {
  t.comment(`seed ${SEED}`)
  t.testdir({})
  const random = createRandom(SEED)
  const url = await database.createDatabase()
  const seats = [await sit(t, url), await sit(t, url)]
  await audit(database, url)
  const urls = seats.map(({ url }) => url)
  const startAgent = (): Launched =>
    launch(t, ['agent', '--orchestrator', urls.join(), '--power', '2'], { LOG_LEVEL: 'fatal' })
  const world: World = { database, seats, agents: Array.from({ length: AGENTS }, startAgent), startAgent }

  const known = new Map<number, Submitted>()
  const results = new Map<number, number>()
  const ending = new AbortController()
  const { signal } = ending
  const clients = Array.from({ length: CLIENTS }, async (_, place) => {
    for (let turn = place; !signal.aborted; turn++) {
      const { source, value } = randomExpression(random)
      const id = await submitted(urls[turn % urls.length]!, source)
      if (id === null) continue
      if (known.has(id)) throw new Error(`The id ${id} was given twice`)
      known.set(id, { id, source, value })
      const shown = await final(urls[(turn + 1) % urls.length]!, id)
      if (shown === null) continue
      if (shown.result !== value) throw new Error(`${source} is ${value}, not ${JSON.stringify(shown)}`)
      results.set(id, value)
    }
  })
  clients.push((async () => {
    const kinds = Object.keys(FAULTS)
    for (let round = 0; round < ROUNDS; round++) {
      const kind = kinds[round < kinds.length ? round : random.below(kinds.length)]!
      const [submits, done] = [known.size, results.size]
      const startedAt = performance.now()
      await FAULTS[kind]!(world, random)
      while (known.size < submits + PROGRESS || results.size < done + PROGRESS) await delay(10)
      t.comment(`round ${round + 1}: ${kind}, over after ${Math.round(performance.now() - startedAt)} ms`)
    }
    ending.abort()
  })())
  await Promise.all(clients.map(client => client.finally(() => ending.abort())))

  for (const { id, source, value } of known.values()) {
    const shown = await eventually(urls[id % urls.length]!, id)
    if (shown.status !== 'completed' || shown.result !== value) t.same(shown, { id, source, value })
  }
  const { leases, violations } = await audited(database, url)
  t.same(violations, [], 'no task had two live leases')
  t.ok(leases > known.size, `${leases} leases`)
  t.ok(known.size >= ROUNDS * PROGRESS, `${known.size} submits acknowledged`)
  for (const seat of seats) await seat.kill()
})

async function sit (t: Test, url: string): Promise<Seat> {
  const proxy = await createProxy(database.port)
  t.teardown(() => proxy.close())
  const variables = {
    ...VARIABLES, PORT: await freePort(), DATABASE_URL: url.replace(`:${database.port}/`, `:${proxy.port}/`)
  }
  let server = await launchServer(t, variables)
  return {
    url: server.url,
    proxy,
    async restart () { server = await launchServer(t, variables) },
    async kill () { await server.stop('SIGKILL') }
  }
}

/** Null where nobody said that it is kept. */
async function submitted (url: string, expression: string): Promise<number | null> {
  try {
    const { status, body } = await call('POST', `${url}/api/v1/calculate`, { expression })
    if (status === 201) return (body as { id: number }).id
    if (status !== 503) throw new Error(`${status} ${JSON.stringify(body)}`)
  } catch (error) {
    if (!isLost(error)) throw error
  }
  await delay(20)
  return null
}

/** Null where nobody said how it ended. */
async function final (url: string, id: number): Promise<Shown | null> {
  try {
    const { status, body } = await call('GET', `${url}/api/v1/expressions/${id}?wait=5`)
    if (status === 503) return null
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
    const { expression } = body as { expression: Shown }
    return ['pending', 'in_progress'].includes(expression.status) ? null : expression
  } catch (error) {
    if (!isLost(error)) throw error
    return null
  }
}

async function eventually (url: string, id: number): Promise<Shown> {
  for (;;) {
    const shown = await final(url, id)
    if (shown !== null) return shown
  }
}

/** Whether the connection was lost, and not the reason. */
function isLost (error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && 'cause' in error)
}
