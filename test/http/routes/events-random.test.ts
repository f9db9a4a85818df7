import { isDeepStrictEqual } from 'node:util'
import { test } from 'tap'
import { type EventReader, createKnowledge, openEvents } from '../event-reader.js'
import { report, serve, shown, whileTimePasses } from '../events-scene.js'
import { submit } from '../helper.js'

test('random histories with dropped and slow followers end with what GET says, at every pause', async t => {
  const { app, api, clock } = await serve(t)
  const id = await submit(app, '((1+2)*(3+4)-(5+6)*(7+8))/((1-2)*(3-4))+((2+2)*(3*3))')
  const random = createRandom(1)
  const followers = Array.from({ length: 4 }, newFollower)

  async function read (follower: RandomFollower, isPause: boolean): Promise<void> {
    if (follower.events === null || random() < 0.3) {
      follower.events?.close()
      follower.events = await openEvents(t, `${api}/expressions/${id}/events`, { 'last-event-id': follower.last })
    }
    if (!isPause) return
    for (;;) {
      const wanted = await shown(app, id)
      if (isDeepStrictEqual(follower.known.state, wanted)) return
      const event = await whileTimePasses(clock, follower.events.next())
      if (event === null || event.event === 'end') {
        t.same(follower.known.state, await shown(app, id))
        return
      }
      follower.known.apply(event)
      follower.last = event.id
    }
  }

  for (let isOpen = true; isOpen;) {
    const { statusCode, body } = await app.inject('/internal/task')
    if (statusCode === 200 && random() < 0.8) {
      const { task } = JSON.parse(body)
      const { operation, arg1, arg2 } = task
      const result = { '+': arg1 + arg2, '-': arg1 - arg2, '*': arg1 * arg2, '/': arg1 / arg2 }[String(operation)]
      await report(app, task, result!)
    } else {
      clock.advance(10_200)
      await app.inject('/health/live')
    }
    for (const follower of followers) await read(follower, random() < 0.3)
    isOpen = (await shown(app, id)).expression.finished_at === undefined
  }
  for (const follower of followers) await read(follower, true)
})

interface RandomFollower {
  readonly known: ReturnType<typeof createKnowledge>
  last: string
  events: EventReader | null
}

function newFollower (): RandomFollower {
  return { known: createKnowledge(), last: '', events: null }
}

/** Numbers from 0 to 1 (Lehmer, 1951). */
function createRandom (seed: number): () => number {
  let state = seed
  return () => (state = state * 48_271 % 0x7fffffff) / 0x7fffffff
}
