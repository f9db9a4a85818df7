/** The built client as a program or a page uses it, and the examples of its document. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import ts from 'typescript'
import { blocksOf, sectionOf } from '../markdown.js'
import { launchServer } from '../process/launch.js'
import { runInWebRealm } from './web-realm.js'

const ROOT = new URL('../../', import.meta.url)
const BUILT = new URL('dist/client/', ROOT)
const DOCUMENT = readFileSync(new URL('docs/client.md', ROOT), 'utf8')

const FAST = { DATA_FILE: 'memory:', COMPUTING_POWER: 2, TIME_ADDITION_MS: 20, TIME_MULTIPLICATIONS_MS: 20 }

/** The text of the block in this language. */
function blockOf (section: string, language: string): string {
  return blocksOf(sectionOf(DOCUMENT, section)).find(block => block.language === language)?.text ?? ''
}

/** A folder in which the package is installed. */
function project (t: Test, files: Readonly<Record<string, string>>): string {
  const folder = t.testdir({ 'package.json': '{"type": "module"}', ...files })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(fileURLToPath(ROOT), join(folder, 'node_modules', 'longhand'), 'junction')
  return folder
}

test('the built client and its types import only files of their own', async t => {
  const files = readdirSync(BUILT)
  t.ok(files.includes('index.js') && files.includes('index.d.ts'), 'the files were found')
  for (const file of files.filter(name => !name.endsWith('.map'))) {
    const text = readFileSync(new URL(file, BUILT), 'utf8')
    const { importedFiles, typeReferenceDirectives, referencedFiles } = ts.preProcessFile(text, true, true)
    t.same([...typeReferenceDirectives, ...referencedFiles], [], file)
    for (const { fileName } of importedFiles) t.ok(files.includes(fileName.replace(/^\.\//, '')), `${file}: ${fileName}`)
  }
})

test('its types suffice for a page, without those of Node', async t => {
  const folder = project(t, {
    'main.ts': `
      import { type Client, type Operation, LonghandError, createClient } from 'longhand/client'
      const client: Client = createClient('', { fetch, headers: { a: 'b' }, retry: { retries: 1 } })
      const id: number = await client.calculate('1+2', { signal: new AbortController().signal })
      for await (const { operations, expression: { result } } of client.watch(id)) {
        const first: Operation | undefined = operations[0]
        console.log(first?.earlier_attempts?.[0]?.outcome, result)
      }
      // @ts-expect-error It is a number.
      await client.cancel('1')
      export const isRefused = (error: unknown): boolean => error instanceof LonghandError && error.position === 2`
  })
  const program = ts.createProgram([join(folder, 'main.ts')], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true
  })
  t.same(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText), [])
})

test('the examples for Node', async t => {
  const folder = project(t, {})
  const { url } = await launchServer(t, FAST)
  const run = async (section: string): Promise<string> => {
    const file = join(folder, 'main.js')
    writeFileSync(file, blockOf(section, 'js').replace('http://127.0.0.1:8080', url))
    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 })
    return stdout
  }
  t.equal(await run('Submit and wait'), blockOf('Submit and wait', 'text'))
  const lines = (await run('Follow an expression')).trimEnd().split('\n')
  t.match(lines[0], /^true \w+ 3 3 /)
  t.match(lines.at(-1), /^\w+ completed \d 3 21$/)
})

test('the example for a page, with nothing but the globals of browsers', async t => {
  t.testdir({})
  const { url } = await launchServer(t, FAST)
  const [, script = ''] = /<script type="module">\n(.*)<\/script>/s.exec(blockOf('In a page', 'html')) ?? []
  const shown: string[] = []
  const element = new Proxy({}, { set: (_, name, value) => name === 'textContent' && shown.push(String(value)) > 0 })
  const document = { getElementById: (id: string) => id === 'status' ? element : null }
  const page = { document, fetch: (path: string, init: RequestInit) => fetch(new URL(path, url), init) }
  await runInWebRealm(script, BUILT, '/client/', page)
  t.equal(shown.at(-1), '6')
})

test('the realm of a page has no globals of Node', async t => {
  const code = 'export const types = [typeof process, typeof Buffer, typeof setImmediate, typeof require("x")]'
  await t.rejects(runInWebRealm(code, BUILT, '/client/'), { code: 'ENOENT' })
  const { types } = await runInWebRealm(code.replace(', typeof require("x")', ''), BUILT, '/client/')
  t.same(types, ['undefined', 'undefined', 'undefined'])
})
