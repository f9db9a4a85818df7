/** What `npm pack` ships: the files, their contents, and a server and an import from the unpacked package. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import ts from 'typescript'
import { call, launchServer } from './launch.js'

interface Manifest {
  readonly version: string
  readonly license: string
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<'.' | './client', { readonly types: string, readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const withoutTools = ['npm', 'tar'].filter(tool => spawnSync(tool, ['--version']).status !== 0).join(' and ')
const skip = withoutTools === '' ? false : `no ${withoutTools}`

/** All files below a folder, with `/`. */
function filesBelow (folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => statSync(join(folder, path)).isFile()).map(path => path.replaceAll('\\', '/')).sort()
}

/** The names of the packages that a file imports, without what is built into Node. */
function packagesIn (text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
    .filter(name => !/^(\.|node:)/.test(name) && !builtinModules.includes(name))
    .map(name => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/'))
}

test('the package holds the program, its types and its documents, and it runs', { skip }, async t => {
  const folder = t.testdir({})
  // The build is that of `npm test`; without scripts, npm leaves it as it is.
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], shell: process.platform === 'win32'
  })
  execFileSync('tar', ['-xzf', packed.trim()], { cwd: folder })
  const home = join(folder, 'package')
  const files = filesBelow(home)
  const outputs = files.filter(path => path.startsWith('dist/'))
  const read = (path: string): string => readFileSync(join(home, path), 'utf8')
  const manifest = JSON.parse(read('package.json')) as Manifest
  t.equal(packed.trim(), `longhand-${manifest.version}.tgz`)

  await t.test('the files', async t => {
    const documents = filesBelow(join(ROOT, 'docs')).map(name => `docs/${name}`)
    t.same(files.filter(path => !path.startsWith('dist/')), [
      'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'bin/longhand.js', 'bin/node-version.js', ...documents
    ].sort(), 'no tests, no benchmarks, no sources, no settings of tools')
    const modules = filesBelow(join(ROOT, 'src')).filter(path => !path.startsWith('page/'))
      .map(path => `dist/${path.replace(/\.ts$/, '')}`)
    const compiled = modules.flatMap(path => ['.d.ts', '.js', '.js.map'].map(suffix => path + suffix))
    const { script, style } = JSON.parse(read('dist/page/files.json')) as { script: string, style: string }
    const ofPage = ['files.json', ...[script, style].flatMap(name => ['', '.br', '.gz'].map(end => name + end))]
    t.same(outputs, [...compiled, ...ofPage.map(name => `dist/page/${name}`)].sort(),
      'three for each source, the files of the page, and none of sources that are gone')
    t.notSame(statSync(join(home, manifest.bin['longhand'] ?? '')).mode & 0o111, 0, 'the command can be run')
  })

  await t.test('the contents', async t => {
    t.equal(manifest.license, 'MIT')
    t.match(read('LICENSE'), /^MIT License\n/)
    for (const path of outputs.filter(path => path.endsWith('.map'))) {
      const { sources, sourcesContent } = JSON.parse(read(path)) as { sources: string[], sourcesContent?: string[] }
      if (sourcesContent?.length !== sources.length) t.fail(`${path} has no sources`)
    }
    const imported = new Set(outputs.filter(path => /\.(?:js|d\.ts)$/.test(path)).flatMap(path => packagesIn(read(path))))
    t.same([...imported].filter(name => !(name in manifest.dependencies)), [], 'what it imports is installed with it')
  })

  await t.test('the command', async t => {
    t.testdir({})
    const server = await launchServer(t, { COMPUTING_POWER: 1 }, join(home, manifest.bin['longhand'] ?? ''))
    const { status, body } = await call('POST', `${server.url}/api/v1/calculate`, { expression: '2+2*2' })
    t.equal(status, 201)
    const { id } = body as { id: number }
    t.match(await call('GET', `${server.url}/api/v1/expressions/${id}?wait=60`), {
      body: { expression: { status: 'completed', result: 6 } }
    })
    const shown = await fetch(`${server.url}/`, { headers: { accept: 'text/html' } })
    const [, script = ''] = /src="(page\/[^"]+)"/.exec(await shown.text()) ?? []
    t.equal((await fetch(new URL(script, shown.url))).status, 200, 'with the page')
    t.equal(await server.stop(), 0)
  })

  await t.test('the imports, and their types', async t => {
    for (const entry of ['.', './client'] as const) {
      for (const path of Object.values(manifest.exports[entry])) t.ok(existsSync(join(home, path)), path)
    }
    const consumer = join(home, 'consumer')
    mkdirSync(consumer)
    writeFileSync(join(consumer, 'main.ts'), `
      import { type Settings, createServer, readSettings } from 'longhand'
      import { type Client, createClient } from 'longhand/client'
      const settings: Settings = readSettings({ PORT: '9000' })
      const create: (...args: never[]) => unknown = createServer
      const client: Client = createClient('http://127.0.0.1')
      console.log(typeof create, settings.PORT, typeof client.watch)`)
    const options = {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules', '@types')]
    }
    const program = ts.createProgram([join(consumer, 'main.ts')], options)
    t.same(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText), [])
    program.emit()
    const printed = execFileSync(process.execPath, [join(consumer, 'main.js')], { encoding: 'utf8' })
    t.equal(printed, 'function 9000 function\n')
  })
})
