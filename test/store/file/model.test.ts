import fc from 'fast-check'
import { test } from 'tap'
import { type ManualClock, createManualClock } from '../../manual-clock.js'
import { RUNS } from '../fixture.js'
import { type Subject, agrees } from '../model/agreement.js'
import { TIGHT } from '../model/index.js'
import { type Step, durableSteps } from '../model/steps.js'
import { createFaultyDisk, createRandom, powerLoss, randomFate } from './faulty-disk.js'
import { type Scene, openOn, settled } from './scene.js'

/** A file store whose process can be killed, whose power can go away, and whose disk can fail. */
async function openSubject (clock: ManualClock, count: (what: string) => void): Promise<Subject> {
  let disk = createFaultyDisk()
  let leases = 0
  let scene = await open()

  async function open (): Promise<Scene> {
    return openOn(disk, { clock, rules: TIGHT, newLease: () => `lease-${++leases}` })
  }

  function countSnapshots (): void {
    for (const { kind } of disk.steps) if (kind === 'rename') count('snapshot')
  }

  return {
    store: scene.store,
    process: {
      async restart () {
        await scene.store.close()
        countSnapshots()
        disk = createFaultyDisk(disk.image())
        scene = await open()
        return scene.store
      },

      die: (steps, share) => disk.die(steps, share),

      async crash (how, seed) {
        const image = disk.image()
        // Nothing of the process that is gone may still be done.
        const isDead = disk.die(1)
        await Promise.race([isDead, settled(1)])
        countSnapshots()
        disk = createFaultyDisk(how === 'kill' ? image : powerLoss(image, randomFate(createRandom(seed))))
        scene = await open()
        return scene.store
      },

      fail (written) {
        disk.fail('write', { code: 'ENOSPC', written })
        return () => disk.mend()
      },

      async repaired () {
        await settled(20)
        clock.advance(1_000)
        await settled(20)
      }
    }
  }
}

async function run (steps: readonly Step[], count: (what: string) => void): Promise<void> {
  const clock = createManualClock()
  await agrees(await openSubject(clock, count), clock, TIGHT, steps, count)
}

/** What must have happened often for the property to mean something. */
const WANTED = [
  'claimed', 'snapshot', 'refused', 'kill left all', 'kill left less', 'power left all', 'power left less',
  ...['kill', 'power'].flatMap(how => ['submit', 'report', 'together'].map(verb => `${how} during ${verb}`))
]

test('the file store does what the model says, over restarts, crashes and failures of the disk', async t => {
  const counts = new Map<string, number>()
  const count = (what: string): void => { counts.set(what, (counts.get(what) ?? 0) + 1) }
  await fc.assert(fc.asyncProperty(durableSteps, steps => run(steps, count)), { numRuns: RUNS, seed: 1 })
  for (const what of WANTED) t.ok((counts.get(what) ?? 0) >= RUNS / 50, `${what}: ${counts.get(what)}`)
})
