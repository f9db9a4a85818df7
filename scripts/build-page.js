/**
 * The first step of `npm run build`: bundles the page into `dist/page`, as files whose names have the hash of their
 * contents, so that browsers keep them for good, and compresses them. `files.json` there has the names, for the server.
 * With `--watch` it does so on every change, until it is ended.
 */
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build, context } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'dist/page')
const index = join(folder, 'files.json')

const options = {
  absWorkingDir: root,
  entryPoints: [{ in: 'src/page/main.tsx', out: 'page' }, { in: 'src/page/style/page.css', out: 'style' }],
  outdir: folder,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  charset: 'utf8',
  format: 'esm',
  target: ['es2022', 'chrome111', 'firefox115', 'safari16.2'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  plugins: [{ name: 'requests', setup: leaveOutRequestErrors }, { name: 'finish', setup: ({ onEnd }) => onEnd(finish) }]
}

rmSync(folder, { recursive: true, force: true })
if (process.argv.includes('--watch')) await (await context(options)).watch()
else await build(options)

/** Nothing in the page refuses requests: the texts would be 1 kB of 60. */
function leaveOutRequestErrors ({ onLoad }) {
  onLoad({ filter: /core[\\/]request-errors\.ts$/ }, () => ({ contents: 'export const REQUEST_ERRORS = {}' }))
}

/** Makes the outputs the page, and deletes those of the build before. */
function finish ({ errors, metafile }) {
  if (errors.length > 0) return
  const outputs = Object.keys(metafile.outputs).map(path => basename(path))
  for (const name of readdirSync(folder)) {
    if (name !== basename(index) && !outputs.includes(name)) rmSync(join(folder, name))
  }
  for (const name of outputs) {
    const contents = readFileSync(join(folder, name))
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(contents))
    // Less memory makes shorter blocks, which suit the texts of three languages better.
    writeFileSync(join(folder, `${name}.gz`), gzipSync(contents, { level: 9, memLevel: 7 }))
  }
  const [script, style] = ['.js', '.css'].map(end => outputs.find(name => name.endsWith(end)))
  // In one step, since a server may read it at any moment.
  writeFileSync(`${index}.new`, `${JSON.stringify({ script, style })}\n`)
  renameSync(`${index}.new`, index)
}
