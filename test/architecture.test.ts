/** What may know what: reads the sources and holds them to the arrows of docs/architecture.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, posix } from 'node:path'
import { test } from 'tap'
import ts from 'typescript'

/** Text by path below src, with `/`. */
type Sources = ReadonlyMap<string, string>

interface Side {
  /** Folders, or single files, of which this side may import. */
  readonly knows: readonly string[]
  /** Whether it may use packages and what is built into Node. */
  readonly packages: boolean
}

const SIDES: ReadonlyMap<string, Side> = new Map([
  ['core', { knows: ['core'], packages: false }],
  ['http', { knows: ['core', 'http'], packages: true }],
  ['store', { knows: ['core', 'store'], packages: true }],
  ['agent', { knows: ['agent', 'core/operations.ts'], packages: true }],
  ['planner', { knows: ['core', 'planner'], packages: true }],
  ['system', { knows: ['core', 'settings.ts', 'system'], packages: true }],
  ['cli', { knows: ['agent', 'cli', 'system', 'server.ts', 'settings.ts'], packages: true }]
])

/** Of the files beside the folders, those that put the sides together; the others see core at most. */
const COMPOSERS = ['engine.ts', 'server.ts', 'cli.ts', 'index.ts']

/** What gives core the time, chance or the world outside; it gets them handed in. */
const OUTSIDE = new Set([
  'process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'console', 'fetch', 'crypto',
  'Date.now', 'new Date()', 'Math.random'
])

const VAGUE = /^(utils?|helpers?|managers?|misc)\.ts$/

const MOST_LINES = 300

const ENVIRONMENT_READERS = ['settings.ts', 'cli.ts']

/** All other timers are set through the clock, which keeps any delay and is turned by hand in tests. */
const TIMER_SETTERS = ['system/clock.ts', 'agent/retry.ts']

function sourcesBelow (folder: URL): Sources {
  return new Map(readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => path.endsWith('.ts'))
    .map(path => [path, readFileSync(new URL(path, folder), 'utf8')]))
}

/** Where a specifier leads: a path below src, or null for a package or something built in. */
function target (from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}

function importsOf (text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
}

function forbiddenImports (sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => importsOf(text).filter(specifier => {
    const [folder = ''] = path.split('/')
    const to = target(path, specifier)
    if (!path.includes('/')) {
      return to !== null && !COMPOSERS.includes(path) && to.includes('/') && !to.startsWith('core/')
    }
    const side = SIDES.get(folder)
    if (side === undefined) return true
    return to === null ? !side.packages : !side.knows.some(known => to === known || to.startsWith(`${known}/`))
  }).map(specifier => `${path} imports ${specifier}`))
}

/** Takes away what imports nothing that is left, again and again; what stays goes round or leads there. */
function circles (sources: Sources): string[] {
  const edges = new Map([...sources].map(([path, text]) =>
    [path, importsOf(text).flatMap(specifier => target(path, specifier) ?? [])]))
  const left = new Set(edges.keys())
  for (let before = -1; before !== left.size;) {
    before = left.size
    for (const path of left) {
      if (!edges.get(path)?.some(to => left.has(to))) left.delete(path)
    }
  }
  return [...left].sort()
}

function outsideUses (text: string): string[] {
  const found: string[] = []
  const file = ts.createSourceFile('core.ts', text, ts.ScriptTarget.Latest, true)
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isNameOf(node, node.parent)) found.push(node.text)
    if (ts.isPropertyAccessExpression(node) || ts.isNewExpression(node)) found.push(node.getText(file))
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found.filter(name => OUTSIDE.has(name))
}

/** Whether it is the name of a member or of something declared, and so not a use of what is global. */
function isNameOf (identifier: ts.Identifier, parent: ts.Node): boolean {
  return 'name' in parent && parent.name === identifier
}

function outsideOfCore (sources: Sources): string[] {
  return [...sources].filter(([path]) => path.startsWith('core/'))
    .flatMap(([path, text]) => outsideUses(text).map(use => `${path} uses ${use}`))
}

function timerSetters (sources: Sources): string[] {
  return [...sources].filter(([path, text]) => !TIMER_SETTERS.includes(path) && /\bset(Timeout|Interval)\b/.test(text))
    .flatMap(([path, text]) => outsideUses(text).filter(use => /^set(Timeout|Interval)$/.test(use)).map(() => path))
}

function environmentReaders (sources: Sources): string[] {
  return [...sources].filter(([path, text]) => !ENVIRONMENT_READERS.includes(path) && /process\s*\.\s*env\b/.test(text))
    .map(([path]) => path)
}

function misshapen (sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => [
    ...(VAGUE.test(basename(path)) ? [`${path} is named for nothing`] : []),
    ...(text.trimEnd().split('\n').length > MOST_LINES ? [`${path} has more than ${MOST_LINES} lines`] : [])
  ])
}

const SOURCES = sourcesBelow(new URL('../src/', import.meta.url))

test('http → core ← store, agents know HTTP only, and only the composers see several sides', async t => {
  t.ok(SOURCES.size > 20 && SOURCES.has('core/operations.ts') && SOURCES.has('settings.ts'), 'the sources were found')
  t.same(forbiddenImports(SOURCES), [])
})

test('no import goes round in a circle', async t => t.same(circles(SOURCES), []))

test('the worker protocol of our server can be read without its dialects', async t => {
  const protocol = [...SOURCES].filter(([path]) => path.startsWith('agent/protocol/'))
  t.ok(protocol.length > 0)
  for (const [path, text] of protocol) {
    t.same(importsOf(text).filter(specifier => specifier.startsWith('../')), [], path)
  }
})

test('core takes time and chance from its callers', async t => t.same(outsideOfCore(SOURCES), []))

test('timers are those of the clock', async t => t.same(timerSetters(SOURCES), []))

test('only the settings read the environment', async t => t.same(environmentReaders(SOURCES), []))

test('files are small and named for something', async t => t.same(misshapen(SOURCES), []))

test('each of these rules catches what breaks it', async t => {
  const offence = (path: string, text: string): Sources => new Map([[path, text]])

  await t.test('imports', async t => {
    const forbidden: ReadonlyArray<readonly [string, string]> = [
      ['core/a.ts', "import fs from 'node:fs'"],
      ['core/a.ts', "import type { Static } from '@sinclair/typebox'"],
      ['core/plan/a.ts', "import { b } from '../../store/open.js'"],
      ['core/a.ts', "const b = await import('../http/app.js')"],
      ['http/a.ts', "import { b } from '../store/open.js'"],
      ['http/a.ts', "import { readSettings } from '../settings.js'"],
      ['store/file/a.ts', "export { b } from '../../http/app.js'"],
      ['agent/a.ts', "import { failure } from '../core/errors.js'"],
      ['logger.ts', "import { b } from './agent/pool.js'"],
      ['elsewhere/a.ts', "import { b } from './b.js'"]
    ]
    for (const [path, text] of forbidden) t.equal(forbiddenImports(offence(path, text)).length, 1, `${path}: ${text}`)
    const allowed: ReadonlyArray<readonly [string, string]> = [
      ['agent/a.ts', "import { OPERATIONS } from '../core/operations.js'"],
      ['http/routes/a.ts', "import { failure } from '../../core/errors.js'; import fastify from 'fastify'"],
      ['server.ts', "import { b } from './store/open.js'"]
    ]
    for (const [path, text] of allowed) t.same(forbiddenImports(offence(path, text)), [], `${path}: ${text}`)
  })

  await t.test('circles', async t => {
    t.same(circles(new Map([
      ['a.ts', "import { b } from './b/c.js'"],
      ['b/c.ts', "import type { A } from '../d.js'"],
      ['d.ts', "export * from './a.js'"],
      ['e.ts', "import fs from 'node:fs'"]
    ])), ['a.ts', 'b/c.ts', 'd.ts'])
  })

  await t.test('time, chance, environment', async t => {
    const text = 'const a = { at: Date.now(), b: setTimeout }; const c = process.pid + Math.random(); new Date()'
    t.same(outsideUses(text).sort(), ['Date.now', 'Math.random', 'new Date()', 'process', 'setTimeout'])
    t.same(outsideUses('// Date.now()\nconst a = clock.performance; const b = { process: new Date(5) }'), [])
    t.same(timerSetters(offence('http/a.ts', 'setInterval(run, 5); server.setTimeout(1)')), ['http/a.ts'])
    t.same(environmentReaders(offence('server.ts', 'const { PORT } = process.env')), ['server.ts'])
  })

  await t.test('shape', async t => {
    t.equal(misshapen(offence('core/utils.ts', '')).length, 1)
    t.equal(misshapen(offence('core/a.ts', 'a\n'.repeat(301))).length, 1)
    t.same(misshapen(offence('core/a.ts', 'a\n'.repeat(300))), [])
  })
})
