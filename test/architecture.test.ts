/** Reads the sources and checks their imports against the arrows of docs/architecture.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, posix } from 'node:path'
import { test } from 'tap'
import ts from 'typescript'

/** Text by path below src, with `/`. */
type Sources = ReadonlyMap<string, string>

interface Side {
  /** Folders, or single files, that this side may import. */
  readonly knows: readonly string[]
  /** Folders within these that it may not import. */
  readonly except?: readonly string[]
  /** any: packages and Node's modules; schemas: TypeBox, and the types of packages; otherwise these alone. */
  readonly packages: 'any' | 'schemas' | readonly string[]
}

/** What the page knows of core: what can run in a browser. */
const PURE = ['core/errors.ts', 'core/language', 'core/operations', 'core/operations.ts', 'core/plan']

/** By folder; of several that hold a file, the longest one counts. Files without a side may not be below src. */
const SIDES: ReadonlyMap<string, Side> = new Map([
  ['core', { knows: ['core'], packages: 'schemas' }],
  ['http', { knows: ['core', 'http'], packages: 'any' }],
  ['store', { knows: ['core', 'store'], packages: 'any' }],
  ['agent', { knows: ['agent', 'core/operations.ts'], packages: 'any' }],
  ['agent/protocol', { knows: ['agent', 'core/operations.ts'], except: ['agent/dialects'], packages: 'any' }],
  ['client', { knows: ['client'], packages: [] }],
  ['page', { knows: ['client', 'page', ...PURE], packages: ['d3-hierarchy', 'preact'] }],
  ['page/model', { knows: ['client', 'page/model', ...PURE], packages: ['d3-hierarchy'] }],
  ['planner', { knows: ['core', 'planner'], packages: 'any' }],
  ['system', { knows: ['core', 'settings.ts', 'system'], packages: 'any' }]
])

/** The composition roots: they put the sides together, and may import all of them. No other file may import one. */
const ROOTS = ['server.ts', 'engine.ts', 'index.ts', 'cli.ts', 'cli']

/** They get time, chance and the outside world from their callers. */
const ISOLATED = ['core', 'page/model']

const OUTSIDE = new Set([
  'process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'console', 'fetch', 'crypto',
  'Date.now', 'new Date()', 'Math.random', 'document', 'requestAnimationFrame', 'window'
])

const VAGUE = /^(utils?|helpers?|managers?|misc)\.tsx?$/

const MAX_LINES = 300

const ENVIRONMENT_READERS = ['settings.ts', 'cli.ts', 'cli']

/** All other timers are set through the clock, which keeps any delay and is turned by hand in tests. Not the page's. */
const TIMER_SETTERS = ['system/clock.ts', 'agent/clock.ts', 'client/clock.ts', 'page']

function sourcesBelow (folder: URL): Sources {
  return new Map(readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => /\.tsx?$/.test(path))
    .map(path => [path, readFileSync(new URL(path, folder), 'utf8')]))
}

/** The path below src that a specifier names; null for a package or a module of Node. */
function target (from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}

/** The source that `.js` stands for may be one with elements. */
function filesOf (target: string | null): string[] {
  return target === null ? [] : [target, `${target}x`]
}

interface Import {
  readonly specifier: string
  readonly isTypeOnly: boolean
}

function importsOf (text: string, path = 'source.ts'): Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteral(specifier)) found.push({ specifier: specifier.text, isTypeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    }
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest))
  return found
}

function isWithin (path: string, folders: readonly string[]): boolean {
  return folders.some(folder => path === folder || path.startsWith(`${folder}/`))
}

function sideOf (path: string): Side | undefined {
  const folders = [...SIDES.keys()].filter(folder => path.startsWith(`${folder}/`))
  return SIDES.get(folders.sort((one, other) => other.length - one.length)[0] ?? '')
}

function mayImport (path: string, { specifier, isTypeOnly }: Import): boolean {
  const to = target(path, specifier)
  // It is a program of its own, for browsers.
  if (to !== null && isWithin(to, ['page']) && !isWithin(path, ['page'])) return false
  if (isWithin(path, ROOTS)) return true
  if (to !== null && isWithin(to, ROOTS)) return false
  // A file beside the folders may import core, and others like it.
  if (!path.includes('/')) return to === null || !to.includes('/') || isWithin(to, ['core'])
  const side = sideOf(path)
  if (side === undefined) return false
  if (to !== null) return isWithin(to, side.knows) && !isWithin(to, side.except ?? [])
  if (side.packages === 'any') return true
  if (side.packages !== 'schemas') return isWithin(specifier, side.packages)
  return specifier === '@sinclair/typebox' || (isTypeOnly && !isBuiltin(specifier))
}

function forbiddenImports (sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => importsOf(text, path).filter(each => !mayImport(path, each))
    .map(({ specifier }) => `${path} imports ${specifier}`))
}

/** Removes files that import none of the rest, until there are none; the rest is in a circle or leads to one. */
function circles (sources: Sources): string[] {
  const edges = new Map([...sources].map(([path, text]) =>
    [path, importsOf(text, path).flatMap(({ specifier }) => filesOf(target(path, specifier)))]))
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

/** Whether it names a member or a declaration, and so does not use a global. */
function isNameOf (identifier: ts.Identifier, parent: ts.Node): boolean {
  return 'name' in parent && parent.name === identifier
}

function usesOfOutside (sources: Sources): string[] {
  return [...sources].filter(([path]) => isWithin(path, ISOLATED))
    .flatMap(([path, text]) => outsideUses(text).map(use => `${path} uses ${use}`))
}

function timerSetters (sources: Sources): string[] {
  return [...sources].filter(([path, text]) => !isWithin(path, TIMER_SETTERS) && /\bset(Timeout|Interval)\b/.test(text))
    .flatMap(([path, text]) => outsideUses(text).filter(use => /^set(Timeout|Interval)$/.test(use)).map(() => path))
}

function environmentReaders (sources: Sources): string[] {
  return [...sources].filter(([path, text]) => !isWithin(path, ENVIRONMENT_READERS) && /process\s*\.\s*env\b/.test(text))
    .map(([path]) => path)
}

function misshapen (sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => [
    ...(VAGUE.test(basename(path)) ? [`${path} has a name that says nothing`] : []),
    ...(text.trimEnd().split('\n').length > MAX_LINES ? [`${path} has more than ${MAX_LINES} lines`] : [])
  ])
}

const SOURCES = sourcesBelow(new URL('../src/', import.meta.url))

test('http → core ← store, agents, client and page know HTTP only, only the composition roots see all', async t => {
  const some = ['core/operations.ts', 'page/app.tsx', 'settings.ts']
  t.ok(SOURCES.size > 20 && some.every(path => SOURCES.has(path)), 'the sources were found')
  t.same(forbiddenImports(SOURCES), [])
})

test('no import goes round in a circle', async t => t.same(circles(SOURCES), []))

test('the worker protocol of our server can be read without its dialects', async t => {
  const protocol = [...SOURCES].filter(([path]) => path.startsWith('agent/protocol/'))
  t.ok(protocol.length > 0)
  for (const [path, text] of protocol) {
    t.same(importsOf(text).filter(({ specifier }) => specifier.startsWith('../')), [], path)
  }
})

test('core and the model of the page take time and chance from their callers', async t => {
  t.same(usesOfOutside(SOURCES), [])
})

test('timers are those of the clock', async t => t.same(timerSetters(SOURCES), []))

test('only the settings and the command line read the environment', async t => t.same(environmentReaders(SOURCES), []))

test('files are small and named for something', async t => t.same(misshapen(SOURCES), []))

test('each of these rules catches what breaks it', async t => {
  const offence = (path: string, text: string): Sources => new Map([[path, text]])

  await t.test('imports', async t => {
    const forbidden: ReadonlyArray<readonly [string, string]> = [
      ['core/a.ts', "import fs from 'node:fs'"],
      ['core/a.ts', "import { type Plugin } from 'fastify'"],
      ['core/a.ts', "import type { Stats } from 'node:fs'"],
      ['core/a.ts', "const a: typeof import('fs') = b"],
      ['core/a.ts', "export * from 'fastify'"],
      ['core/plan/a.ts', "import { b } from '../../store/open.js'"],
      ['core/a.ts', "const b = await import('../http/app.js')"],
      ['http/a.ts', "import { b } from '../store/open.js'"],
      ['http/a.ts', "import { readSettings } from '../settings.js'"],
      ['store/file/a.ts', "export { b } from '../../http/app.js'"],
      ['agent/a.ts', "import { failure } from '../core/errors.js'"],
      ['agent/protocol/a.ts', "import { b } from '../dialects/b.js'"],
      ['agent/a.ts', "import { b } from '../engine.js'"],
      ['http/a.ts', "import { b } from '../cli/serve.js'"],
      ['logger.ts', "import { b } from './agent/pool.js'"],
      ['logger.ts', "import { b } from './server.js'"],
      ['client/a.ts', "import type { Clock } from '../core/clock.js'"],
      ['client/a.ts', "import type { Static } from '@sinclair/typebox'"],
      ['client/a.ts', "import { once } from 'node:events'"],
      ['page/a.tsx', "import { b } from '../core/orchestrator/orchestrator.js'"],
      ['page/a.tsx', "import { useState } from 'react'"],
      ['page/a.tsx', "import { readFile } from 'node:fs'"],
      ['page/a.tsx', "import { b } from '../http/app.js'"],
      ['page/model/a.ts', "import { useState } from 'preact/hooks'"],
      ['page/model/a.ts', "import { b } from '../live/b.js'"],
      ['http/a.ts', "import { b } from '../page/model/b.js'"],
      ['client/a.ts', "import type { B } from '../page/b.js'"],
      ['server.ts', "import { b } from './page/b.js'"],
      ['elsewhere/a.ts', "import { b } from './b.js'"]
    ]
    for (const [path, text] of forbidden) t.equal(forbiddenImports(offence(path, text)).length, 1, `${path}: ${text}`)
    const allowed: ReadonlyArray<readonly [string, string]> = [
      ['agent/a.ts', "import { OPERATIONS } from '../core/operations.js'"],
      ['http/routes/a.ts', "import { failure } from '../../core/errors.js'; import fastify from 'fastify'"],
      ['client/a.ts', "import type { B } from './b.js'"],
      ['page/views/a.tsx', "import { b } from '../model/b.js'; import { c } from '../../client/index.js'"],
      ['page/a.tsx', "import { parse } from '../core/language/parser.js'; import { useState } from 'preact/hooks'"],
      ['page/model/a.ts', "import { hierarchy } from 'd3-hierarchy'; import { b } from '../../core/operations.js'"],
      ['agent/protocol/a.ts', "import { b } from '../loop.js'; import undici from 'undici'"],
      ['agent/dialects/a.ts', "import { b } from '../protocol/b.js'"],
      ['core/a.ts', "import type { Logger } from 'pino'; import { Type } from '@sinclair/typebox'"],
      ['core/a.ts', "export type * from './b.js'"],
      ['server.ts', "import { b } from './store/open.js'"],
      ['engine.ts', "import { b } from './agent/pool.js'; import { c } from './store/open.js'"],
      ['cli/serve.ts', "import { b } from '../server.js'; import { c } from '../agent/pool.js'"]
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
    const withElements = "import { b } from './b.js'; const c = <p>{b}</p>"
    t.same(circles(new Map([['a.tsx', withElements], ['b.tsx', "import { a } from './a.js'"]])), ['a.tsx', 'b.tsx'])
  })

  await t.test('time, chance, environment', async t => {
    const text = 'const a = { at: Date.now(), b: setTimeout }; const c = process.pid + Math.random(); new Date()'
    t.same(outsideUses(text).sort(), ['Date.now', 'Math.random', 'new Date()', 'process', 'setTimeout'])
    t.same(outsideUses('// Date.now()\nconst a = clock.performance; const b = { process: new Date(5) }'), [])
    t.same(usesOfOutside(offence('page/model/a.ts', 'document.title')), ['page/model/a.ts uses document'])
    t.same(usesOfOutside(offence('page/live/a.ts', 'document.title')), [])
    t.same(timerSetters(offence('http/a.ts', 'setInterval(run, 5); server.setTimeout(1)')), ['http/a.ts'])
    t.same(environmentReaders(offence('server.ts', 'const { PORT } = process.env')), ['server.ts'])
  })

  await t.test('shape', async t => {
    t.equal(misshapen(offence('core/utils.ts', '')).length, 1)
    t.equal(misshapen(offence('page/helpers.tsx', '')).length, 1)
    t.equal(misshapen(offence('core/a.ts', 'a\n'.repeat(301))).length, 1)
    t.same(misshapen(offence('core/a.ts', 'a\n'.repeat(300))), [])
  })
})
