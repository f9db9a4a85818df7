import { watch } from 'node:fs'
import { type Test, test } from 'tap'
import { type Answer, type Launched, type LaunchedServer, call, launch, launchServer } from './launch.js'
import { type Random, createRandom, randomExpression } from './random.js'

/**
 * Servers that are killed without warning, over and over on the same files, while clients submit
 * and agents settle without pause. LONGHAND_ROUNDS makes the run longer, LONGHAND_SEED repeats one.
 */
const ROUNDS = Number(process.env['LONGHAND_ROUNDS'] ?? 8)
const SEED = Number(process.env['LONGHAND_SEED'] ?? Date.now() % 1_000_000)

const CLIENTS = 4
const SCRIPTED_AGENTS = 2

const VARIABLES = {
  COMPUTING_POWER: 2,
  TIME_ADDITION_MS: 0,
  TIME_SUBTRACTION_MS: 1,
  TIME_MULTIPLICATIONS_MS: 2,
  TASK_LEASE_MS: 300,
  TASK_ATTEMPTS: 1_000_000,
  RETAIN_EXPRESSIONS: 1_000_000,
  // Small, so that there is nearly always a snapshot under way.
  SNAPSHOT_BYTES: 16 * 1024,
  LOG_LEVEL: 'warn'
}

interface Submitted {
  readonly id: number
  readonly source: string
  readonly value: number
}

interface Shown {
  readonly id: number
  readonly status: string
  readonly result: number | null
  readonly expression: string
}

/** What the servers have acknowledged, over all rounds. */
interface Acknowledged {
  readonly submits: Map<number, Submitted>
  /** Tasks whose result was accepted. */
  readonly tasks: Set<number>
  /** Final results that a reader was shown. */
  readonly results: Map<number, number>
}

test(`nothing acknowledged is lost in ${ROUNDS} kills`, { timeout: 60_000 + ROUNDS * 10_000 }, async t => {
  t.comment(`seed ${SEED}`)
  const random = createRandom(SEED)
  const folder = t.testdir({})
  const known: Acknowledged = { submits: new Map(), tasks: new Set(), results: new Map() }
  let snapshotsHit = 0

  for (let round = 1; round <= ROUNDS; round++) {
    const server = await launchServer(t, VARIABLES)
    await checkKept(t, server, known, `round ${round}`)
    const inSnapshot = round % 3 === 0
    const agent = round % 2 === 0 ? launch(t, ['agent', '--orchestrator', server.url, '--power', '2']) : null
    if (await killWhileBusy(server, agent, { known, random, folder, inSnapshot })) snapshotsHit++
  }

  const last = await launchServer(t, { ...VARIABLES, COMPUTING_POWER: 8 })
  await checkKept(t, last, known, 'in the end')
  for (const { id, source, value } of known.submits.values()) {
    const { body } = await call('GET', `${last.url}/api/v1/expressions/${id}?wait=60`)
    const { expression } = body as { expression: Shown }
    if (expression.status !== 'completed' || expression.result !== value) t.same(expression, { id, source, value })
  }
  t.equal(await last.stop(), 0, 'and it ends in order')
  t.ok(known.submits.size >= ROUNDS, `${known.submits.size} submits acknowledged`)
  t.ok(known.tasks.size > 0, `${known.tasks.size} results acknowledged to scripted agents`)
  t.ok(snapshotsHit > 0, `${snapshotsHit} kills in the middle of a snapshot`)
})

/** Loads the server until it dies: after a random number of submits, or when a snapshot is being written. */
async function killWhileBusy (
  server: LaunchedServer, agent: Launched | null,
  { known, random, folder, inSnapshot }: {
    known: Acknowledged, random: Random, folder: string, inSnapshot: boolean
  }
): Promise<boolean> {
  let dead = false
  let hit = false
  const isDead = (): boolean => dead
  const kill = (): void => {
    dead = true
    server.child.kill('SIGKILL')
  }
  const watcher = watch(folder, (_event, name) => {
    if (!inSnapshot || dead || name !== 'longhand.json.new') return
    hit = true
    kill()
  })
  let left = 20 + random.below(inSnapshot ? 2_000 : 200)
  const agentDies = agent !== null && random.below(2) === 0 ? left >> 1 : -1

  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isDead()) {
      const { source, value } = randomExpression(random)
      const answer = await callUnlessDead(isDead, 'POST', `${server.url}/api/v1/calculate`, { expression: source })
      if (answer?.status !== 201) continue
      const { id } = answer.body as { id: number }
      if (known.submits.has(id)) throw new Error(`The id ${id} was given twice`)
      known.submits.set(id, { id, source, value })
      left--
      if (left === agentDies) agent?.child.kill('SIGKILL')
      if (left === 0) kill()
    }
  })
  const agents = Array.from({ length: SCRIPTED_AGENTS }, () => workUntilDead(server.url, isDead, known))
  const reader = readUntilDead(server.url, isDead, known, random)
  await Promise.all([...clients, ...agents, reader])
  await server.stop('SIGKILL')
  await agent?.stop('SIGKILL')
  watcher.close()
  return hit
}

/** Claims and settles by hand, and remembers what was accepted. */
async function workUntilDead (url: string, isDead: () => boolean, known: Acknowledged): Promise<void> {
  while (!isDead()) {
    const claimed = await callUnlessDead(isDead, 'GET', `${url}/internal/task?wait=0.2`)
    if (claimed?.status !== 200) continue
    const { task } = claimed.body as { task: { id: number, arg1: number, arg2: number, operation: string } }
    const result = compute(task)
    const settled = await callUnlessDead(isDead, 'POST', `${url}/internal/task`, { id: task.id, result })
    if (settled?.status === 200) known.tasks.add(task.id)
  }
}

function compute ({ operation, arg1, arg2 }: { operation: string, arg1: number, arg2: number }): number {
  if (operation === '+') return arg1 + arg2
  return operation === '-' ? arg1 - arg2 : arg1 * arg2
}

/** Reads expressions and remembers each final result that it was shown. */
async function readUntilDead (url: string, isDead: () => boolean, known: Acknowledged, random: Random): Promise<void> {
  while (!isDead()) {
    const id = 1 + random.below(Math.max(1, known.submits.size))
    const read = await callUnlessDead(isDead, 'GET', `${url}/api/v1/expressions/${id}`)
    if (read?.status !== 200) continue
    const { expression } = read.body as { expression: Shown }
    if (expression.status === 'completed') known.results.set(id, expression.result!)
  }
}

/** Null when the server died over the call: then nothing was acknowledged. */
async function callUnlessDead (
  isDead: () => boolean, ...request: Parameters<typeof call>
): Promise<Answer | null> {
  try {
    return await call(...request)
  } catch (error) {
    if (isDead()) return null
    // The process may be gone a moment before its killer says so.
    await new Promise(resolve => setImmediate(resolve))
    if (isDead()) return null
    throw error
  }
}

/** Everything that was acknowledged before is there, and as it was. */
async function checkKept (t: Test, { url }: LaunchedServer, known: Acknowledged, when: string): Promise<void> {
  const { body } = await call('GET', `${url}/api/v1/expressions`)
  const { expressions } = body as { expressions: Shown[] }
  const shown = new Map(expressions.map(expression => [expression.id, expression]))
  t.equal(shown.size, expressions.length, `${when}: no id stands twice in the list`)
  const lost = [...known.submits.keys()].filter(id => !shown.has(id))
  t.same(lost, [], `${when}: every acknowledged expression is there`)
  const changed = [...known.results].filter(([id, result]) => shown.get(id)?.result !== result)
  t.same(changed, [], `${when}: every result that was shown is there`)
  const wrong = [...known.submits.values()].filter(({ id, value }) => {
    const { status, result } = shown.get(id)!
    return status === 'completed' ? result !== value : result !== null || status === 'failed'
  })
  t.same(wrong, [], `${when}: every result is right`)

  // A result that was accepted is there if another one for the same task is not.
  const redone: number[] = []
  for (const task of [...known.tasks].slice(-200)) {
    const again = await call('POST', `${url}/internal/task`, { id: task, result: 0.123456789 })
    if (again.status !== 200 || (again.body as { accepted: boolean }).accepted) redone.push(task)
  }
  t.same(redone, [], `${when}: every accepted result is there`)
}
