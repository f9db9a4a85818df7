import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

const SCRIPT = fileURLToPath(new URL('../../scripts/prune.js', import.meta.url))

test('outputs of sources that are gone are deleted, and no others', async t => {
  const folder = t.testdir({
    src: { 'cli.ts': '', store: { 'memory.ts': '' } },
    dist: {
      'cli.js': '',
      'cli.js.map': '',
      'cli.d.ts': '',
      'old.js': '',
      'old.js.map': '',
      'old.d.ts': '',
      'page.html': '',
      page: { 'page-ABCDEFGH.js': '' },
      store: { 'memory.js': '', 'memory.d.ts': '', 'gone.js': '' }
    }
  })
  mkdirSync(join(folder, 'scripts'))
  cpSync(SCRIPT, join(folder, 'scripts', 'prune.mjs'))
  execFileSync(process.execPath, [join(folder, 'scripts', 'prune.mjs')])
  const left = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
  t.same(left.sort(), [
    'cli.d.ts', 'cli.js', 'cli.js.map', 'page', 'page.html', join('page', 'page-ABCDEFGH.js'), 'store',
    join('store', 'memory.d.ts'), join('store', 'memory.js')
  ])
})
