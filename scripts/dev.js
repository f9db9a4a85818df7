/**
 * `npm run dev`: compiles on every change, and restarts the server when the output changes. The page is built anew on
 * every change as well, without a restart.
 * Arguments are passed to the server (`npm run dev -- --port 9000`).
 */
import { spawn } from 'node:child_process'

const commands = [
  ['scripts/build-page.js', '--watch'],
  ['node_modules/typescript/bin/tsc', '--watch', '--preserveWatchOutput', '--noEmitOnError'],
  ['--watch', '--watch-preserve-output', 'dist/cli.js', ...process.argv.slice(2)]
]
const children = commands.map(args => spawn(process.execPath, args, { stdio: 'inherit' }))

for (const child of children) child.once('exit', stop)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)

/** None is useful without the others. */
function stop () {
  for (const child of children) child.kill()
}
