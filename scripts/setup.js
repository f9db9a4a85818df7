/**
 * Runs before the npm scripts.
 *
 *   node scripts/setup.js        installs and builds for running
 *   node scripts/setup.js test   also installs the workspaces `test` and `bench`
 *   node scripts/setup.js bench  the same
 */
import { readFileSync } from 'node:fs'
import { nodeTooOld } from '../bin/node-version.js'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const refusal = nodeTooOld(engines.node)
if (refusal !== null) {
  console.error(`longhand: ${refusal}`)
  process.exit(1)
}
const { makeReady } = await import('./clone.js')
const [what] = process.argv.slice(2)
if (!makeReady({ forTests: what === 'test' || what === 'bench' })) process.exit(1)
if (what === 'test') console.error('longhand: nothing more to fetch; the tests take some minutes')
