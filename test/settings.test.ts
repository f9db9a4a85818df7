import { test } from 'tap'
import { OPERATIONS } from '../src/core/operations.js'
import { type Environment, SettingsError, readSettings, requireAgentAccess, settingRows } from '../src/settings.js'

function refusal (environment: Environment): string {
  try {
    readSettings(environment)
  } catch (error) {
    return error instanceof SettingsError ? error.message : `another error: ${String(error)}`
  }
  return 'accepted'
}

test('an empty environment gives the defaults that the table names', async t => {
  const settings = readSettings({})
  t.match(settings, { PORT: 8080, HOST: '127.0.0.1', COMPUTING_POWER: 4, TASK_LEASE_MS: 10_000, TASK_ATTEMPTS: 5 })
  t.same([...settings.times].slice(0, 5), [['+', 1000], ['-', 1000], ['*', 2000], ['/', 2000], ['%', 2000]])
  t.same([...settings.times.keys()], [...OPERATIONS.keys()])
  for (const row of settingRows()) {
    if (row.name.startsWith('TIME_')) continue
    t.equal(String(Object.entries(settings).find(([name]) => name === row.name)?.[1] ?? ''), row.default, row.name)
  }
})

test('every operation has its time, and every setting says what it is', async t => {
  const rows = new Map(settingRows().map(row => [row.name, row]))
  for (const { timeSetting } of OPERATIONS.values()) t.ok(rows.has(timeSetting), timeSetting)
  for (const { name, allowed, description } of rows.values()) t.ok(allowed !== '' && description !== '', name)
})

test('functions share a time, and have one setting between them', async t => {
  const { times } = readSettings({ TIME_FUNCTIONS_MS: '7', TIME_MODULO_MS: '8', TIME_EXPONENTIATION_MS: '9' })
  for (const symbol of ['sin', 'atand', 'log', 'max', 'fac', 'hypot']) t.equal(times.get(symbol), 7, symbol)
  t.equal(times.get('%'), 8)
  t.equal(times.get('^'), 9)
  t.equal(times.get('+'), 1000)
  const [row, ...others] = settingRows().filter(({ name }) => name.startsWith('TIME_FUNC'))
  t.same(others, [])
  t.equal(row?.description, 'Duration of one function call, in ms')
})

test('plans are optimized unless it is said otherwise, and each limit is a setting', async t => {
  t.match(readSettings({}), { OPTIMIZE: 'exact', EXPRESSION_MAX_PLAN_DEPTH: 200_000 })
  t.match(readSettings({ OPTIMIZE: 'none', EXPRESSION_MAX_PLAN_DEPTH: '7' }),
    { OPTIMIZE: 'none', EXPRESSION_MAX_PLAN_DEPTH: 7 })
  t.match(refusal({ OPTIMIZE: 'fast' }), /OPTIMIZE is "fast"; allowed: exact, none/)
})

test('values are typed: numbers, lists, times by operation', async t => {
  const settings = readSettings({
    PORT: '0',
    COMPUTING_POWER: '16',
    INTERNAL_ALLOW: '10.0.0.0/8, ::1 ,192.168.1.7,fd00::/8,',
    ALLOWED_HOSTS: 'longhand.example,calc_1',
    ALLOWED_ORIGINS: 'https://course.example, http://127.0.0.1:3000',
    TIME_ADDITION_MS: '0',
    TIME_DIVISIONS_MS: String(Number.MAX_SAFE_INTEGER)
  })
  t.equal(settings.PORT, 0)
  t.equal(settings.COMPUTING_POWER, 16)
  t.same(settings.INTERNAL_ALLOW, ['10.0.0.0/8', '::1', '192.168.1.7', 'fd00::/8'])
  t.same(settings.ALLOWED_HOSTS, ['longhand.example', 'calc_1'])
  t.same(settings.ALLOWED_ORIGINS, ['https://course.example', 'http://127.0.0.1:3000'])
  t.equal(settings.times.get('+'), 0)
  t.equal(settings.times.get('/'), Number.MAX_SAFE_INTEGER)
})

test('the sites that may frame the page are a source list of a Content-Security-Policy', async t => {
  t.equal(readSettings({}).FRAME_ANCESTORS, "'none'")
  for (const value of [
    "'none'", "'self'", '*', 'https:', "'self' https://course.example:8443", 'https://*.example  http://10.0.0.5:*',
    'course.example http://moodle'
  ]) t.equal(readSettings({ FRAME_ANCESTORS: value }).FRAME_ANCESTORS, value)
})

test('settings are frozen, and variables of others do not get into them', async t => {
  const settings = readSettings({ PATH: '/bin', HOME: '/root' })
  t.ok(Object.isFrozen(settings))
  t.notHas(settings, { PATH: String })
})

test('an empty variable counts as unset', async t => {
  t.same(readSettings({ PORT: '', AGENT_NAME: '', TIME_POWERS_MS: '', INTERNAL_TOKEN: undefined }), readSettings({}))
})

test('a value that is not possible is refused by name, value and what is allowed', async t => {
  const cases: ReadonlyArray<readonly [string, string, string]> = [
    ['PORT', '65536', 'an integer from 0 to 65535'],
    ['PORT', '-1', 'an integer from 0 to 65535'],
    ['PORT', '80.5', 'an integer from 0 to 65535'],
    ['PORT', 'http', 'an integer from 0 to 65535'],
    ['HOST', 'a b', 'an IP address or a host name'],
    ['COMPUTING_POWER', '10001', 'an integer from 0 to 10000'],
    ['TASK_LEASE_MS', '0', 'an integer from 1'],
    ['TIME_ADDITION_MS', '-1', 'an integer from 0'],
    ['TIME_ADDITION_MS', '9007199254740993', 'an integer from 0 to 9007199254740991'],
    ['LOG_LEVEL', 'loud', 'fatal, error, warn, info, debug, trace, silent'],
    ['INTERNAL_ALLOW', '127.0.0.1,10.0.0.0/33', 'IP addresses or ranges'],
    ['INTERNAL_ALLOW', '10.0.0.0/8/8', 'IP addresses or ranges'],
    ['INTERNAL_ALLOW', '10.0.0.0/', 'IP addresses or ranges'],
    ['ALLOWED_HOSTS', 'longhand.example:8080', 'host names without a port'],
    ['ALLOWED_ORIGINS', '*', 'origins such as https://course.example'],
    ['ALLOWED_ORIGINS', 'https://course.example/', 'origins such as https://course.example, without a path'],
    ['ALLOWED_ORIGINS', 'https://Course.example', 'origins'],
    ['ALLOWED_ORIGINS', 'https://course.example:443', 'origins'],
    ['ALLOWED_ORIGINS', 'course.example,null', 'origins'],
    ...[
      'self', 'none', "'none' https://course.example", 'https://course.example;', 'https://a.example,https://b.example',
      'https://course.example/path', "'unsafe-inline'", 'javascript:', 'a\nb'
    ].map((value): [string, string, string] => ['FRAME_ANCESTORS', value, "'none', or 'self' and sites such as"]),
    ['ORCHESTRATOR_URL', 'localhost:8080', 'http://HOST:PORT'],
    ['ORCHESTRATOR_URL', 'http://h/?a=1', 'http://HOST:PORT'],
    ['ORCHESTRATOR_URL', 'http://one:8080,other', 'http://HOST:PORT'],
    ['AGENT_NAME', 'a\nb', 'up to 200 characters']
  ]
  for (const [name, value, allowed] of cases) {
    const message = refusal({ [name]: value })
    t.ok(message.includes(`${name} is ${JSON.stringify(value)}; allowed: ${allowed}`), message)
  }
})

test('everything that is wrong is told at once', async t => {
  const lines = refusal({ PORT: 'x', TASK_ATTEMPTS: '0', TIME_POWERS_MS: '1' }).split('\n')
  t.equal(lines.length, 4)
  for (const name of ['PORT', 'TASK_ATTEMPTS', 'TIME_POWERS_MS']) t.ok(lines.some(line => line.includes(name)), name)
})

test('a time that no operation has is refused with the names of those that are', async t => {
  t.match(refusal({ TIME_ADDITIONS_MS: '5' }), /TIME_ADDITIONS_MS is not a setting.*TIME_ADDITION_MS.*TIME_DIVISIONS_MS/)
})

test('the singular names of two times are other names for them', async t => {
  const { times } = readSettings({ TIME_MULTIPLICATION_MS: '7', TIME_DIVISION_MS: '8' })
  t.equal(times.get('*'), 7)
  t.equal(times.get('/'), 8)
  t.equal(readSettings({ TIME_DIVISION_MS: '8', TIME_DIVISIONS_MS: '8' }).times.get('/'), 8, 'both, the same')
  t.match(refusal({ TIME_DIVISION_MS: '8', TIME_DIVISIONS_MS: '9' }), /TIME_DIVISION_MS is "8" and TIME_DIVISIONS_MS is "9"/)
  t.match(refusal({ TIME_DIVISION_MS: 'x' }), /TIME_DIVISION_MS is "x"/, 'named as it was written')
})

test('agents may be given several servers', async t => {
  t.same(readSettings({ ORCHESTRATOR_URL: 'http://one:8080, https://other/base' }).ORCHESTRATOR_URL,
    ['http://one:8080', 'https://other/base'])
})

test('a secret is never part of a message', async t => {
  const message = refusal({ INTERNAL_TOKEN: 'tooShort', ORCHESTRATOR_URL: 'http://me:pass@word@host:80' })
  t.match(message, /INTERNAL_TOKEN is invalid.*at least 16/)
  t.match(message, /ORCHESTRATOR_URL is "http:\/\/…@host:80"/)
  t.notMatch(message, /tooShort|pass|word@/)
  t.match(refusal({ INTERNAL_TOKEN: 'sixteen characters' }), /INTERNAL_TOKEN/, 'a header could not carry it')
  t.match(refusal({ DATABASE_URL: 'mysql://me:pass@host/name' }), /DATABASE_URL is invalid.*allowed: postgres:/)
  t.notMatch(refusal({ DATABASE_URL: 'mysql://me:pass@host/name' }), /pass@/)
  t.equal(readSettings({ INTERNAL_TOKEN: 'abcdefgh-1234567' }).INTERNAL_TOKEN, 'abcdefgh-1234567')
})

test('an address that other machines reach wants a token or a list of agents', async t => {
  const open = (environment: Environment) => () => requireAgentAccess(readSettings(environment))
  for (const HOST of ['0.0.0.0', '::', '10.0.0.5', 'longhand.example', '127.example']) {
    t.throws(open({ HOST }), { name: 'SettingsError', code: 'settings_invalid', message: /INTERNAL_TOKEN.*INTERNAL_ALLOW/ }, HOST)
    t.doesNotThrow(open({ HOST, INTERNAL_TOKEN: 'a-long-random-secret' }))
    t.doesNotThrow(open({ HOST, INTERNAL_ALLOW: '10.0.0.0/8' }))
  }
  for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) t.doesNotThrow(open({ HOST }), HOST)
})
