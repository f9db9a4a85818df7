/** The backup that the documents tell of: files of a running server that writes and makes snapshots all the time. */
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import { blocksOf, sectionOf } from '../markdown.js'
import { call, launchServer } from './launch.js'

const OPERATIONS = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')

const COPY = blocksOf(sectionOf(OPERATIONS, 'Backup')).find(({ language }) => language === 'bash')?.text ?? ''

const ROUNDS = 5

const skip = spawnSync('bash', ['--version']).error === undefined ? false : 'bash is not on this machine'

test('a copy of a running store has everything that was acknowledged before', { skip }, async t => {
  t.testdir({ data: {} })
  const variables = { RETAIN_EXPRESSIONS: 1_000_000, SNAPSHOT_BYTES: 16_384, LOG_LEVEL: 'error' }
  const live = await launchServer(t, { ...variables, DATA_FILE: 'data/longhand.json' })
  let acknowledged = 0
  const over = new AbortController()
  const submit = async (): Promise<void> => {
    const { status } = await call('POST', `${live.url}/api/v1/calculate`, { expression: '1+2*3' })
    if (status === 201) acknowledged++
  }
  await submit()
  const load = Promise.all(Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) await submit()
  }))

  for (let round = 0; round < ROUNDS; round++) {
    const before = acknowledged
    await promisify(execFile)('bash', ['-c', COPY.replace('sleep 1', 'sleep 0.05')], { cwd: t.testdirName })
    // A server works on it from here on, so the next copy goes elsewhere.
    renameSync(join(t.testdirName, 'backup'), join(t.testdirName, `backup-${round}`))
    const restored = await launchServer(t, { ...variables, DATA_FILE: `backup-${round}/longhand.json` })
    const { body } = await call('GET', `${restored.url}/api/v1/expressions`)
    const ids = (body as { expressions: Array<{ id: number }> }).expressions.map(({ id }) => id)
    t.ok(ids.length >= before && before > 0, `${ids.length} of at least ${before}`)
    t.same(ids, ids.map((_, index) => index + 1), 'without a gap')
    await restored.stop()
  }
  over.abort()
  await load
})
