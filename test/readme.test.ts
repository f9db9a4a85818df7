/** Runs the commands of the README and compares the answers. */
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { settingRows } from '../src/settings.js'
import { type Block, blocksOf, rowsOf, sectionOf } from './markdown.js'
import { launch } from './process/launch.js'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const CLIENTS = readFileSync(new URL('../docs/clients.md', import.meta.url), 'utf8')

/** A command and the answer below it. */
interface Step {
  readonly command: string
  readonly answer: Block | undefined
}

function stepsOf (markdown: string): Step[] {
  const blocks = blocksOf(markdown)
  return blocks.flatMap(({ language, text }, index) => language === 'sh'
    ? [{ command: text.trim(), answer: blocks[index + 1]?.language === 'sh' ? undefined : blocks[index + 1] }]
    : [])
}

/** The servers of the test are this much faster than that of the README. */
const HASTE = 10

const DURATIONS: ReadonlySet<string> = new Set([
  'time_ms', 'path_ms', 'operation_time', 'lease_ms', 'work_ms', 'span_ms'
])

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Replaces values that differ from run to run. */
function lasting (key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (key === 'lease' && value !== '') return 'a lease'
  // The agents of the server are named after the machine.
  if (key === 'agent' && /-\d+-[\da-f]+$/.test(value)) return 'an agent'
  return TIMESTAMP.test(value) ? 'a time' : value
}

function shown (text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => DURATIONS.has(key) ? Number(value) / HASTE : lasting(key, value))
}

/** The events of a stream, with `read` applied to their data. */
function eventsOf (stream: string, read: (text: string) => unknown): unknown[] {
  return stream.trim().split('\n\n').map(event => {
    const [, name, id = '', data = ''] = /^event: (\w+)\nid: (\S+)\ndata: (.+)$/s.exec(event) ?? []
    return { name, id: id === 'end' ? id : 'a cursor', data: read(data) }
  })
}

function fastSettings (): Record<string, number> {
  const durations = settingRows().filter(({ name }) => /^TIME_|^TASK_LEASE_MS$/.test(name))
  return Object.fromEntries(durations.map(row => [row.name, Number(row.default) / HASTE]))
}

/** Runs the commands of the walk-through, with free ports in place of its ports. */
function createWalk (t: Test) {
  const addresses = new Map<string, string>()

  function real (text: string): string {
    return [...addresses].reduce((changed, [written, address]) => changed.replaceAll(written, address), text)
  }

  return {
    async start (command: string): Promise<void> {
      const args = command.split(/\s+/).slice(2)
      const serves = args[0] !== 'agent'
      const anyPort = args.map((arg, index) => args[index - 1] === '--port' ? '0' : real(arg))
      const { printed } = launch(t, anyPort, { ...fastSettings(), ...serves ? { PORT: 0 } : {} })
      if (!serves) return
      const [, address] = await printed(/API\s+(http:\/\/\S+)\/docs/)
      addresses.set(`http://127.0.0.1:${/--port (\d+)/.exec(command)?.[1] ?? '8080'}`, address!)
    },

    async run (command: string): Promise<string> {
      // No other variables: curl would use a proxy from the environment.
      const { stdout } = await promisify(execFile)('sh', ['-c', real(command)], {
        env: { PATH: process.env.PATH }, cwd: t.testdirName
      })
      return stdout
    }
  }
}

const withoutCurl = spawnSync('curl', ['--version']).error === undefined ? false : 'curl is not on this machine'

async function walkThrough (t: Test, markdown: string): Promise<void> {
  t.testdir({})
  const walk = createWalk(t)
  const steps = stepsOf(markdown)
  t.ok(steps.length > 10, 'the commands were found')
  for (const { command, answer } of steps) {
    if (/^npx \./.test(command)) {
      t.equal(answer, undefined, command)
      await walk.start(command)
    } else if (!command.startsWith('curl ') || answer === undefined) {
      t.fail('only "npx ." and curl with an answer are understood here', { command })
    } else if (answer.language === 'json') {
      t.strictSame(JSON.parse(await walk.run(command), lasting), shown(answer.text), command)
    } else if (answer.text.startsWith('event: start\nid: ')) {
      const events = eventsOf(await walk.run(command), text => JSON.parse(text, lasting))
      t.strictSame(events, eventsOf(answer.text, shown), command)
    } else {
      t.equal(await walk.run(command), answer.text, command)
    }
  }
}

test('the commands of the README give the documented answers', { skip: withoutCurl }, async t => {
  await walkThrough(t, sectionOf(README, 'Start') + sectionOf(README, 'Walk-through'))
})

test('the commands of the page for clients give the documented answers', { skip: withoutCurl }, async t => {
  await walkThrough(t, CLIENTS)
})

test('the README documents every setting', async t => {
  const rows = settingRows().map(row =>
    [`\`${row.name}\``, row.default === '' ? '–' : `\`${row.default}\``, row.allowed, row.description])
  t.equal(tableOf(rowsOf(sectionOf(README, 'Settings'))), tableOf(rows))
})

/** In the format of the README, so that the report can be pasted. */
function tableOf (rows: readonly string[][]): string {
  return rows.map(cells => `| ${cells.join(' | ')} |\n`).join('')
}
