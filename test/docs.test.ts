/** Checks the documents against the program and against each other. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import type { TaskState } from '../src/core/queue/calculation.js'
import { ERROR_CODES, domainError, messageOf } from '../src/core/errors.js'
import { STATUSES } from '../src/core/expression.js'
import { problemOf } from '../src/http/errors.js'
import { FORWARDING } from '../src/http/guard/guard.js'
import { blocksOf, proseOf, rowsOf, sectionOf } from './markdown.js'
import { call, launchServer } from './process/launch.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const DOCUMENTS: ReadonlyMap<string, string> = new Map(['.', 'docs']
  .flatMap(folder => readdirSync(join(ROOT, folder)).map(name => join(folder, name)))
  .filter(path => path.endsWith('.md'))
  .map(path => [path, readFileSync(join(ROOT, path), 'utf8')]))

function documentAt (path: string): string {
  return DOCUMENTS.get(path) ?? ''
}

/** The fragments of a document's headings, as GitHub makes them. */
function anchorsOf (markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))
}

/** The broken relative links. */
function brokenLinks (path: string, markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter(link => {
    if (/^[a-z]+:/.test(link)) return false
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : join(dirname(path), file)
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && !anchorsOf(documentAt(target)).includes(anchor)
  })
}

/** The paths of the project in backquotes that do not exist. */
function missingFiles (markdown: string): string[] {
  return [...markdown.matchAll(/`((?:src|test|docs|scripts)\/[^`*]*)`/g)].map(([, path = '']) => path)
    .filter(path => !existsSync(join(ROOT, path)))
}

test('no relative link is broken', async t => {
  t.ok(DOCUMENTS.has('README.md') && DOCUMENTS.has(join('docs', 'architecture.md')), 'the documents were found')
  for (const [path, markdown] of DOCUMENTS) t.same(brokenLinks(path, markdown), [], path)
  t.same(brokenLinks('README.md', '[a](docs/none.md) [b](#none) [c](README.md#settings) [d](https://e.org/f)'),
    ['docs/none.md', '#none'], 'this test sees what is broken')
})

test('every named file exists', async t => {
  for (const [path, markdown] of DOCUMENTS) t.same(missingFiles(markdown), [], path)
  t.same(missingFiles('`src/none.ts`, `src/core/`, `none.ts`'), ['src/none.ts'], 'this test sees what is missing')
})

test('the architecture locates functions correctly, and its glossary has at most 40 rows', async t => {
  const architecture = documentAt(join('docs', 'architecture.md'))
  for (const section of ['Where is …', 'To add …']) {
    const rows = rowsOf(sectionOf(architecture, section))
    t.ok(rows.length > 5 && rows.length <= 15, 'a short table')
    for (const [question = '', file = '', answer = ''] of rows) {
      const source = readFileSync(join(ROOT, file.replaceAll('`', '')), 'utf8')
      for (const [, name = ''] of answer.matchAll(/`(\w+)`/g)) t.match(source, new RegExp(`\\b${name}\\b`), question)
    }
  }
  t.ok(rowsOf(sectionOf(architecture, 'Glossary')).length <= 40, 'the glossary')
})

test('the architecture lists every state', async t => {
  const states: Readonly<Record<TaskState, true>> =
    { waiting: true, ready: true, leased: true, overdue: true, completed: true, failed: true, dropped: true }
  const architecture = documentAt(join('docs', 'architecture.md'))
  const statesIn = (title: string): string[] =>
    rowsOf(sectionOf(architecture, title)).map(([state = '']) => state.replaceAll('`', ''))
  t.same(statesIn('The states of an expression'), STATUSES)
  t.same(statesIn('The states of a task'), Object.keys(states))
})

test('the table of errors has every code with its status and message', async t => {
  const rows = rowsOf(documentAt(join('docs', 'errors.md'))).map(cells => cells.map(cell => cell.replaceAll('`', '')))
  t.same(rows.map(cells => [cells[0], cells.at(-1)]), ERROR_CODES.map(code => [code, messageOf(code)]))
  // Rows without a status are errors of failed expressions, which are answered with 200.
  const statuses = new Map(ERROR_CODES.map(code => [String(code), String(problemOf(domainError(code)).status)]))
  for (const [code = '', status] of rows.filter(cells => cells.length > 2)) t.equal(status, statuses.get(code), code)
})

test('the guard and the document list the same forwarding headers', async t => {
  const section = sectionOf(documentAt(join('docs', 'operations.md')), 'A proxy in front')
  const [list = ''] = /any of these headers \(([^)]*)\)/.exec(section.replace(/\s+/g, ' ')) ?? []
  const named = [...list.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.toLowerCase())
  t.same(named, [...FORWARDING, 'x-forwarded-*'])
})

test('every MUST of the worker protocol has a test', async t => {
  const protocol = documentAt(join('docs', 'worker-protocol.md'))
  const rules = rowsOf(sectionOf(protocol, 'Every rule and its test'))
  for (const [rule = '', shown = ''] of rules) {
    const [, path = '', name = ''] = /^`([^`]+)`: (.+)$/.exec(shown) ?? []
    t.ok(existsSync(join(ROOT, path)), `a file for "${rule}"`)
    t.ok(readFileSync(join(ROOT, path), 'utf8').includes(`('${name}',`), `"${name}" in ${path}`)
  }
  const [text = ''] = protocol.split('\n## Every rule and its test\n')
  const sentences = proseOf(text).replace(/\s+/g, ' ').split(/(?<=[.]) /).filter(sentence => sentence.includes('MUST'))
  t.ok(sentences.length > 5, 'there are some')
  // The first defines the words.
  for (const sentence of sentences.slice(1)) {
    const covering = rules.filter(([rule = '']) => sentence.includes(rule))
    t.equal(covering.length, sentence.split('MUST').length - 1, `a rule for each of "${sentence}"`)
  }
})

/** A program in the worker protocol. */
interface Example {
  readonly language: string
  readonly command: string
  /** The commands that it needs. */
  readonly needs: readonly string[]
}

const EXAMPLES: readonly Example[] = [
  { language: 'python', command: 'python3', needs: ['python3'] },
  { language: 'bash', command: 'bash', needs: ['bash', 'curl', 'awk'] }
]

const PROTOCOL = documentAt(join('docs', 'worker-protocol.md'))

function missing ({ needs }: Example): string | false {
  const absent = needs.filter(program => spawnSync(program, ['--version']).error !== undefined)
  return absent.length > 0 && `${absent.join(', ')}: not on this machine`
}

/** Runs the program and its children until the test ends. */
function runExample (t: Test, { language, command }: Example, url: string): void {
  const program = blocksOf(PROTOCOL).find(block => block.language === language)?.text ?? ''
  const folder = t.testdir({ program })
  const { pid } = spawn(command, [join(folder, 'program'), url], {
    env: { PATH: process.env.PATH }, stdio: 'ignore', detached: true
  })
  t.teardown(() => { if (pid !== undefined) process.kill(-pid, 'SIGKILL') })
}

for (const example of EXAMPLES) {
  test(`the agent in ${example.language} evaluates expressions`, { skip: missing(example) }, async t => {
    t.testdir({})
    const { url } = await launchServer(t, {
      DATA_FILE: 'memory:',
      TIME_ADDITION_MS: 0,
      TIME_SUBTRACTION_MS: 0,
      TIME_MULTIPLICATIONS_MS: 20,
      TIME_DIVISIONS_MS: 20
    })
    const expected: ReadonlyArray<readonly [string, object]> = [
      ['(1+2)*(7-4)/2', { result: 4.5 }],
      ['0.1+0.2', { result: 0.1 + 0.2 }],
      ['1/3*7-.1', { result: 1 / 3 * 7 - 0.1 }],
      ['2e300*1e-3', { result: 2e300 * 1e-3 }],
      ['0*-5', { result: 0 }],
      // So close to the limit that only the multiplication shows it.
      ['1.3407807929942597e154*1.3407807929942597e154', { error: { code: 'result_out_of_range' } }]
    ]
    for (const [expression] of expected) await call('POST', `${url}/api/v1/calculate`, { expression })
    runExample(t, example, url)
    for (const [index, [expression, outcome]] of expected.entries()) {
      const { body } = await call('GET', `${url}/api/v1/expressions/${index + 1}?wait=30`)
      t.match(body, { expression: outcome }, expression)
    }
  })
}

test('a task has the members that the worker protocol documents', async t => {
  t.testdir({})
  const { url } = await launchServer(t, { DATA_FILE: 'memory:' })
  await call('POST', `${url}/api/v1/calculate`, { expression: '6*7' })
  const { body } = await call('GET', `${url}/internal/task`)
  const example: unknown = JSON.parse(blocksOf(sectionOf(PROTOCOL, 'Claiming a task'))[0]?.text ?? '')
  t.strictSame({ ...taskIn(body), lease: '' }, { ...taskIn(example), lease: '' })
  const described = rowsOf(sectionOf(PROTOCOL, 'Claiming a task')).flatMap(([names = '']) => names.match(/\w+/g) ?? [])
  for (const name of Object.keys(taskIn(body))) t.ok(described.includes(name), `${name} is described`)
})

function taskIn (body: unknown): object {
  return (body as { task: object }).task
}
