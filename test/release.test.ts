/** What a release needs beside the package: the changelog, and a CI whose actions are pinned. */
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'tap'

const ROOT = new URL('../', import.meta.url)

function read (path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

/** The actions of a workflow that are not pinned by a commit with its version in a comment. */
function unpinned (workflow: string): string[] {
  return [...workflow.matchAll(/^[ -]*uses: *(.*)$/gm)].map(([, action = '']) => action)
    .filter(action => !/^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
}

test('each action of a workflow is pinned by its commit, with the version beside it', async t => {
  const folder = '.github/workflows/'
  const workflows = readdirSync(new URL(folder, ROOT))
  t.ok(workflows.length > 0)
  for (const name of workflows) t.same(unpinned(read(folder + name)), [], name)
  const commit = 'f'.repeat(40)
  t.same(unpinned(`    - uses: a/b@v4\n    - uses: a/b@${commit}\n      uses: a/b@${commit} # v1.2.3\n`),
    ['a/b@v4', `a/b@${commit}`], 'this test sees those that are not')
})

test('the newest version of the changelog is that of the package, and has its date', async t => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  const [newest = ''] = read('CHANGELOG.md').match(/^## \[\d.*$/m) ?? []
  t.match(newest, /^## \[[^\]]+\] - \d{4}-\d{2}-\d{2}$/)
  t.equal(/\[(.*)\]/.exec(newest)?.[1], version)
})
