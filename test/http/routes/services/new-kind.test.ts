import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { TASK_KINDS } from '../../../../src/http/routes/services/kinds.js'
import type { TaskKind } from '../../../../src/http/task-kind.js'
import { blocksOf, sectionOf } from '../../../markdown.js'
import { build } from '../../helper.js'
import { refuses } from './refusals.js'

const DOCUMENT = readFileSync(new URL('../../../../docs/new-task-kinds.md', import.meta.url), 'utf8')

const [FILE] = blocksOf(sectionOf(DOCUMENT, 'The file'))

/** The code of the document as a module, with its imports resolved from the documented location. */
async function documented (t: Test): Promise<TaskKind> {
  const place = new URL('../../../../src/http/routes/services/conversions.ts', import.meta.url)
  const code = FILE!.text.replace(/'(\.[^']+)'/g, (_, path: string) => `'${new URL(path, place).href}'`)
  const folder = t.testdir({ 'package.json': '{"type":"module"}', 'conversions.ts': code })
  const module = await import(pathToFileURL(join(folder, 'conversions.ts')).href) as { conversions: TaskKind }
  return module.conversions
}

async function work (app: FastifyInstance): Promise<void> {
  for (;;) {
    const response = await app.inject('/internal/task')
    if (response.statusCode === 404) return
    const { task: { id, operation, arg1, arg2 } } = response.json()
    const result = operation === '*' ? arg1 * arg2 : operation === '/' ? arg1 / arg2 : arg1 + arg2
    await app.inject({ method: 'POST', url: '/internal/task', payload: { id, result } })
  }
}

test('the code in the document is short', async t => {
  t.equal(FILE?.language, 'ts')
  t.ok(FILE!.text.split('\n').length < 25)
})

test('the kind in the document works as documented', async t => {
  const kind = await documented(t)
  const { app } = build(t, { kinds: [...TASK_KINDS, kind] })
  const created = await app.inject({ method: 'POST', url: '/conversions', payload: { celsius: 37 } })
  t.equal(created.statusCode, 201)
  t.strictSame(created.json(), { id: 1, status: 'pending', fahrenheit: null })
  t.equal(created.headers['location'], '/conversions/1')
  const pending = await app.inject('/conversions/1')
  t.equal(pending.headers['retry-after'], '1')
  await work(app)
  t.strictSame((await app.inject('/conversions/1')).json(), { id: 1, status: 'completed', fahrenheit: 98.6 })
  t.match((await app.inject('/api/v1/expressions?kind=conversion')).json(), { expressions: [{ id: 1, result: 98.6 }] })
  const { paths, tags } = (await app.inject('/openapi.json')).json()
  t.match(paths['/conversions'], { post: { summary: 'Create a conversion', responses: { 201: {}, 422: {} } } })
  t.match(paths['/conversions/{id}'], { get: {} })
  t.ok(tags.some(({ name }: { name: string }) => name === 'conversions'))
})

test('the kind in the document has the error bodies of all kinds', async t => {
  const kind = await documented(t)
  await refuses(t, {
    kinds: [kind],
    member: 'error',
    badInput: 422,
    create: { method: 'POST', url: '/conversions', payload: { celsius: 1 } },
    read: '/conversions',
    nowhere: '/conversions/1/2',
    badInputs: [['text', { payload: { celsius: 'warm' } }, /"celsius": expected number/]]
  })
})

test('the list of operations in the document is a plan', async t => {
  const text = blocksOf(sectionOf(DOCUMENT, 'The descriptor'))[0]!.text
  const folder = t.testdir({ 'package.json': '{"type":"module"}', 'files.ts': `export const files = {${text}}` })
  const { files } = await import(pathToFileURL(join(folder, 'files.ts')).href) as { files: Pick<TaskKind, 'work'> }
  const kind = { ...await documented(t), work: () => files.work({ downloadMs: 300, unpackMs: 200 }, new Map()) }
  const { app } = build(t, { kinds: [kind] })
  await app.inject({ method: 'POST', url: '/conversions', payload: { celsius: 1 } })
  t.match((await app.inject('/api/v1/expressions/1')).json(), {
    expression: { expression: 'three files', operations: { total: 6 }, plan: { work_ms: 1100, span_ms: 500 } }
  })
})
