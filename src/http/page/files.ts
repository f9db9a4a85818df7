import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf } from '../../core/error-code.js'

/** The files of the page, as `scripts/build-page.js` has built them. */
export interface PageFiles {
  /** Their names, which have the hash of the contents. */
  readonly script: string
  readonly style: string
  readonly byName: ReadonlyMap<string, PageFile>
}

export interface PageFile {
  readonly type: string
  readonly contents: Buffer
  /** The contents in each of `CODINGS`. */
  readonly coded: Readonly<Record<Coding, Buffer>>
}

/** Content codings, the shortest first. */
export const CODINGS = ['br', 'gzip'] as const

export type Coding = typeof CODINGS[number]

const INDEX = 'files.json'

/** As far from the sources as from the outputs of the compiler. */
const BUILT = new URL('../../../dist/page/', import.meta.url)

/**
 * Reads the files at the first call, and again when they were built anew.
 *
 * @returns a function that returns null while the page is not built
 */
export function createPageFiles (folder: URL = BUILT): () => Promise<PageFiles | null> {
  let loaded: { readonly atMs: number, readonly files: Promise<PageFiles> } | undefined
  return async () => {
    try {
      const { mtimeMs: atMs } = await stat(new URL(INDEX, folder))
      if (loaded?.atMs !== atMs) loaded = { atMs, files: readPageFiles(folder) }
      return await loaded.files
    } catch (error) {
      loaded = undefined
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }
}

async function readPageFiles (folder: URL): Promise<PageFiles> {
  const names = JSON.parse(await readFile(new URL(INDEX, folder), 'utf8')) as Record<'script' | 'style', string>
  const [script, style] = [basename(names.script), basename(names.style)]
  const byName = new Map(await Promise.all([
    readPageFile(folder, script, 'text/javascript; charset=utf-8'),
    readPageFile(folder, style, 'text/css; charset=utf-8')
  ]))
  return { script, style, byName }
}

async function readPageFile (folder: URL, name: string, type: string): Promise<[name: string, PageFile]> {
  const read = (end: string): Promise<Buffer> => readFile(new URL(`${name}${end}`, folder))
  const [contents, br, gzip] = await Promise.all([read(''), read('.br'), read('.gz')])
  return [name, { type, contents, coded: { br, gzip } }]
}
