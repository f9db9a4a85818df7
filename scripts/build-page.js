/**
 * The first step of `npm run build`: bundles the page into `dist/page`, as files whose names have the hash of their
 * contents, so that browsers keep them for good, and compresses them. `files.json` there has the names, for the server.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'dist/page')

rmSync(folder, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [{ in: 'src/page/main.tsx', out: 'page' }, { in: 'src/page/style/page.css', out: 'style' }],
  outdir: folder,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true
})
const [script, style] = ['.js', '.css'].map(end => Object.keys(metafile.outputs).find(path => path.endsWith(end)))
for (const path of [script, style].map(path => join(root, path))) {
  const contents = readFileSync(path)
  writeFileSync(`${path}.br`, brotliCompressSync(contents))
  writeFileSync(`${path}.gz`, gzipSync(contents, { level: 9 }))
}
writeFileSync(join(folder, 'files.json'), `${JSON.stringify({ script: basename(script), style: basename(style) })}\n`)
