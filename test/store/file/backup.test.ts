/** The commands of docs/durability.md take a backup of a store that is at work. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import type { Store } from '../../../src/core/store.js'
import { compact } from '../../../src/store/file/compaction-job.js'
import { realDisk } from '../../../src/store/file/disk.js'
import { openFileStore } from '../../../src/store/file/index.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { systemClock } from '../../../src/system/clock.js'
import { blocksOf, sectionOf } from '../../markdown.js'
import { RULES, submissionOf } from '../fixture.js'

const DOCUMENT = readFileSync(new URL('../../../docs/durability.md', import.meta.url), 'utf8')
const COMMANDS = blocksOf(sectionOf(DOCUMENT, 'Backup')).find(({ language }) => language === 'bash')!.text

/** So many copies at least, and so many snapshots meanwhile. */
const COPIES = 15

function openIn (folder: string, onSnapshot = (): void => {}): Promise<Store> {
  const path = join(folder, 'longhand.json')
  return openFileStore({
    path,
    clock: systemClock,
    rules: { ...RULES, retain: 20 },
    newLease: createLeaseTokens(),
    onFault: error => { throw error },
    // Snapshots follow one another, as they never do with what can be set.
    snapshotBytes: 20_000,
    compact: async last => {
      await compact({ disk: realDisk, path }, last)
      onSnapshot()
    }
  })
}

test('a copy of a store at work starts, with all that was acknowledged before it began', {
  skip: !existsSync('/bin/bash') && 'no bash on this machine'
}, async t => {
  const folder = t.testdir({ data: {} })
  const snapshots = { made: 0 }
  const store = await openIn(join(folder, 'data'), () => { snapshots.made++ })
  let acknowledged = 0
  const end = new AbortController()
  const work = (async () => {
    while (!end.signal.aborted) acknowledged = (await store.submit(submissionOf('42'.padEnd(300)))).id
  })()
  for (let copy = 0; copy < COPIES || snapshots.made < COPIES; copy++) {
    const before = acknowledged
    await promisify(execFile)('/bin/bash', ['-c', COMMANDS], { cwd: folder })
    await writeFile(join(folder, 'backup', 'longhand.restored'), '')
    const after = acknowledged
    const copied = await openIn(join(folder, 'backup'))
    const last = (await copied.list({})).at(-1)?.id ?? 0
    t.ok(last >= before && last <= after + 1, `${before} to ${after}: ${last}`)
    t.ok((await copied.submit(submissionOf('1'))).id > 1_000_000_000)
    await copied.close()
  }
  end.abort()
  await work
  await store.close()
})
