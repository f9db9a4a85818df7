import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { agentConnections, clientShare, descriptorLimit } from '../../src/system/file-descriptors.js'
import { StartError } from '../../src/system/start-error.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

test('the limit is read from the kernel, and nothing is limited where it does not say', async t => {
  t.equal(descriptorLimit(() => 'Limit  Soft\nMax open files            1024                 4096    files\n'), 1024)
  t.equal(descriptorLimit(() => 'Max open files            unlimited            unlimited    files\n'), Infinity)
  t.equal(descriptorLimit(() => { throw new Error('ENOENT') }), Infinity)
})

test('clients get what the server, its agents and their connections leave', async t => {
  t.equal(clientShare(1024, { power: 4, threads: 2, serves: true }), 1024 - 64 - 2 * 7 - 4 * 2)
  t.equal(clientShare(1024, { power: 0, threads: 2, serves: true }), 1024 - 64)
  t.equal(clientShare(Infinity, { power: 10_000, threads: 2, serves: true }), Infinity)
  t.equal(agentConnections({ power: 4, threads: 2, serves: true }), 6)
})

test('a limit that is too low is refused with what would do', async t => {
  for (const [demand, message] of [
    [{ power: 400, threads: 2, serves: true }, 'needs 910 file descriptors, and it may have 256. Raise that limit ' +
      '(ulimit -n 1024), or set COMPUTING_POWER (--power) to 73 or less'],
    [{ power: 400, threads: 2, serves: false }, 'needs 476 file descriptors, and it may have 256. Raise that limit ' +
      '(ulimit -n 512), or set COMPUTING_POWER (--power) to 180 or less']
  ] as const) {
    const whole = `COMPUTING_POWER is 400, for which this process ${message}`
    t.throws(() => clientShare(256, demand), { message: whole })
    t.ok(clientShare(256, { ...demand, power: demand.serves ? 73 : 180 }) >= 0)
    t.throws(() => clientShare(256, { ...demand, power: demand.serves ? 74 : 181 }))
  }
  try {
    clientShare(64, { power: 4, threads: 2, serves: true })
    t.fail('It should not fit')
  } catch (error) {
    t.ok(error instanceof StartError)
    t.notMatch(error, /or set/)
  }
})

for (const command of ['serve', 'agent']) {
  test(`${command} does not start with too few file descriptors`, { skip: process.platform !== 'linux' }, async t => {
    const script = `ulimit -n 256; exec "${process.execPath}" "${CLI}" ${command}`
    const env = { ...process.env, COMPUTING_POWER: '400', DATA_FILE: 'memory:', PORT: '0' }
    const { status, stderr } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8', timeout: 60_000 })
    t.equal(status, 1)
    t.match(stderr, /^longhand: COMPUTING_POWER is 400, for which .* it may have 256\. Raise that limit \(ulimit -n /)
  })
}
