import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import ts from 'typescript'

/** What the built client may use: these are in every browser, and nothing else is here. */
const WEB_GLOBALS = {
  AbortController, Headers, TextDecoder, URL, URLSearchParams, clearTimeout, crypto, fetch, performance, setTimeout
}

type Exports = Record<string, unknown>

/**
 * Runs a module in a realm that has only the language, the globals of browsers, and these. It may import the files of
 * `folder`, by paths that begin with `prefix`; answers its exports.
 */
export async function runInWebRealm (
  code: string, folder: URL, prefix: string, globals: Readonly<Record<string, unknown>> = {}
): Promise<Exports> {
  const context = createContext({ ...WEB_GLOBALS, ...globals })
  const loaded = new Map<string, Exports>()

  function scriptOf (text: string, isAsync: boolean): unknown {
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }
    })
    return runInContext(`(${isAsync ? 'async ' : ''}function (exports, require) {${outputText}\n})`, context)
  }

  function load (path: string): Exports {
    const known = loaded.get(path)
    if (known !== undefined) return known
    const exports: Exports = {}
    loaded.set(path, exports)
    const run = scriptOf(readFileSync(new URL(path, folder), 'utf8'), false)
    if (typeof run === 'function') run(exports, (name: string) => load(posix.join(posix.dirname(path), name)))
    return exports
  }

  const exports: Exports = {}
  const run = scriptOf(code, true)
  const importFrom = (name: string): Exports => load(posix.relative(prefix, name))
  if (typeof run === 'function') await run(exports, importFrom)
  return exports
}
