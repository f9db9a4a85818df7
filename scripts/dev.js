/**
 * `npm run dev`: compiles on every change, and restarts the server when the output changes.
 * Arguments are passed to the server (`npm run dev -- --port 9000`).
 */
import { spawn } from 'node:child_process'

const commands = [
  ['node_modules/typescript/bin/tsc', '--watch', '--preserveWatchOutput', '--noEmitOnError'],
  ['--watch', '--watch-preserve-output', 'dist/cli.js', ...process.argv.slice(2)]
]
const children = commands.map(args => spawn(process.execPath, args, { stdio: 'inherit' }))

for (const child of children) child.once('exit', stop)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)

/** Neither is useful without the other. */
function stop () {
  for (const child of children) child.kill()
}
