import { test } from 'tap'
import { type FeedAnswer, type FeedMessage, IDLE_MS, createFeed } from '../../../src/core/orchestrator/feed.js'
import { createPace } from '../../../src/core/orchestrator/pace.js'
import { createManualClock } from '../../manual-clock.js'

interface Item {
  readonly values: readonly number[]
}

const UNAVAILABLE = new Error('unavailable')

/** A feed of the values that a list gets; a position is its length. */
function createScene () {
  const clock = createManualClock()
  const values: number[] = []
  const faults: unknown[] = []
  const scene = {
    clock,
    values,
    faults,
    reads: 0,
    /** Of a start. */
    piece: Infinity,
    isLast: false,
    failure: null as Error | null,
    /** Called within each read, between what it sees and its answer. */
    during: async () => {},
    feed: createFeed<Item>({
      read,
      clock,
      pace: createPace(clock),
      onFault: error => { faults.push(error) },
      isUnavailable: error => error === UNAVAILABLE
    })
  }

  async function read (position: string | null): Promise<FeedAnswer<Item>> {
    scene.reads++
    if (scene.failure !== null) throw scene.failure
    const from = Number(position ?? 0)
    const found = values.slice(from, from + scene.piece)
    const next = from + found.length
    const answer = {
      item: found.length === 0 && position !== null ? null : { values: found },
      next: String(next),
      isComplete: next === values.length,
      isLast: scene.isLast && next === values.length,
      entries: found.length
    }
    await scene.during()
    return answer
  }

  return Object.assign(scene, {
    add (...added: number[]): void {
      values.push(...added)
      scene.feed.hint()
    },
    /** Lets promises and the time go on. */
    async pass (ms: number): Promise<void> {
      for (let step = 0; step < ms; step += 10) {
        clock.advance(10)
        await settled()
      }
    }
  })
}

async function settled (): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

function valuesOf (message: FeedMessage<Item>): readonly number[] | null {
  return message.type === 'item' ? message.item?.values ?? null : null
}

/** What a follower that always takes its messages at once has got. */
function collect (follower: { next (): Promise<FeedMessage<Item>> }) {
  const messages: Array<FeedMessage<Item>> = []
  async function run (): Promise<void> {
    for (;;) {
      const message = await follower.next()
      messages.push(message)
      if (message.type === 'closed' || (message.type === 'item' && message.isLast)) return
    }
  }
  const done = run()
  return { messages, done, values: () => messages.flatMap(message => valuesOf(message) ?? []) }
}

test('a follower gets at most one message in 50 ms, whatever happens underneath', async t => {
  const { feed, add, pass } = createScene()
  const { messages, values } = collect((await feed.join(null))!)
  await pass(100)
  const before = messages.length
  for (let value = 0; value < 1_000; value++) {
    add(value)
    if (value % 10 === 0) await pass(10)
  }
  await pass(1_000)
  t.same(values(), Array.from({ length: 1_000 }, (_, value) => value))
  t.ok(messages.length - before <= 22, `${messages.length - before} messages in about a second`)
  t.ok(messages.length - before >= 15)
})

test('followers at the same position share one read and one item', async t => {
  const scene = createScene()
  const followers = await Promise.all(Array.from({ length: 10 }, () => scene.feed.join(null)))
  const all = followers.map(follower => collect(follower!))
  await scene.pass(100)
  const before = scene.reads
  scene.add(1)
  await scene.pass(100)
  t.equal(scene.reads, before + 1)
  t.equal(new Set(all.map(({ messages }) => {
    const last = messages.at(-1)!
    return last.type === 'item' ? last.item : null
  })).size, 1)
})

test('a slow follower costs nothing, and then gets one message with everything', async t => {
  const scene = createScene()
  const follower = (await scene.feed.join(null))!
  await follower.next()
  await scene.pass(100)
  const before = scene.reads
  for (let value = 0; value < 100; value++) {
    scene.add(value)
    await scene.pass(10)
  }
  t.equal(scene.reads, before)
  const message = follower.next()
  await scene.pass(100)
  t.equal(valuesOf(await message)?.length, 100)
})

test('a change during a read or a join is not missed', async t => {
  const scene = createScene()
  scene.add(1)
  scene.during = async () => {
    scene.during = async () => {}
    scene.add(2)
  }
  const { values } = collect((await scene.feed.join(null))!)
  await scene.pass(200)
  t.same(values(), [1, 2])
  scene.during = async () => {
    scene.during = async () => {}
    scene.add(4)
  }
  scene.add(3)
  await scene.pass(300)
  t.same(values(), [1, 2, 3, 4])
})

test('a start comes in pieces, without waiting for changes', async t => {
  const scene = createScene()
  scene.piece = 3
  scene.add(1, 2, 3, 4, 5, 6, 7)
  const { values, messages } = collect((await scene.feed.join(null))!)
  await scene.pass(50)
  t.same(values(), [1, 2, 3, 4, 5, 6, 7])
  t.equal(messages.length, 3)
})

test('an idle follower gets a message after 15 s, and the source is read then', async t => {
  const scene = createScene()
  const { messages, values } = collect((await scene.feed.join(null))!)
  await scene.pass(100)
  const before = scene.reads
  scene.clock.advance(IDLE_MS)
  scene.feed.idle()
  await scene.pass(100)
  t.equal(messages.at(-1)!.type, 'idle')
  t.equal(scene.reads, before + 1)
  scene.add(1)
  await scene.pass(100)
  t.same(values(), [1])
})

test('an idle message during a read loses nothing', async t => {
  const scene = createScene()
  const follower = (await scene.feed.join(null))!
  await follower.next()
  const waiting = follower.next()
  scene.clock.advance(IDLE_MS)
  scene.during = async () => {
    scene.during = async () => {}
    scene.feed.idle()
  }
  scene.add(1)
  await scene.pass(100)
  t.equal((await waiting).type, 'idle')
  const next = follower.next()
  await scene.pass(100)
  t.same(valuesOf(await next), [1])
})

test('an idle message during a slow read of a start changes nothing about the pieces', async t => {
  const scene = createScene()
  scene.piece = 1
  scene.add(1, 2, 3)
  const follower = (await scene.feed.join(null))!
  t.same(valuesOf(await follower.next()), [1])
  let goOn = (): void => {}
  scene.during = () => new Promise(resolve => { goOn = resolve })
  const waiting = follower.next()
  await scene.pass(50)
  scene.during = async () => {}
  scene.clock.advance(IDLE_MS)
  scene.feed.idle()
  t.equal((await waiting).type, 'idle')
  const next = follower.next()
  await scene.pass(50)
  goOn()
  t.same(valuesOf(await next), [2])
  const last = follower.next()
  await scene.pass(50)
  t.same(valuesOf(await last), [3])
  t.equal(scene.reads, 3, 'each piece is read once')
})

test('the last message ends a follower, also one that has everything but that', async t => {
  const scene = createScene()
  scene.add(1)
  scene.isLast = true
  t.match(await (await scene.feed.join(null))!.next(), { isLast: true, item: { values: [1] } })
  t.match(await (await scene.feed.join('1'))!.next(), { isLast: true, item: null })
})

test('an unavailable source is read again, and other faults end the follower', async t => {
  const scene = createScene()
  const { values, done } = collect((await scene.feed.join(null))!)
  scene.failure = UNAVAILABLE
  scene.add(1)
  await scene.pass(3_000)
  t.ok(scene.reads < 6)
  t.same(scene.faults, [])
  scene.failure = null
  await scene.pass(1_100)
  t.same(values(), [1])
  scene.failure = new TypeError('a fault')
  scene.add(2)
  await scene.pass(100)
  await done
  t.same(scene.faults, [scene.failure])
  await t.rejects(scene.feed.join(null), scene.failure)
})

test('a follower that leaves, and all when the feed closes, end and leave no timer', async t => {
  const scene = createScene()
  const [one, other] = [(await scene.feed.join(null))!, (await scene.feed.join(null))!]
  const all = [collect(one), collect(other)]
  await scene.pass(100)
  one.leave()
  one.leave()
  await all[0]!.done
  t.equal(scene.feed.size, 1)
  scene.add(1)
  scene.feed.close()
  await all[1]!.done
  t.match(await other.next(), { type: 'closed' })
  t.equal(scene.feed.size, 0)
  t.equal(scene.clock.timers, 0)
})
