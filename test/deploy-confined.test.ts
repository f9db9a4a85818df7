/** What a container of compose.yaml may do, and the database's role: held to the files, and to a real PostgreSQL. */
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { test } from 'tap'
import { parse } from 'yaml'
import { createServer } from '../src/server.js'
import { readSettings } from '../src/settings.js'
import { startServer } from './store/postgres/server.js'

interface Service {
  readonly image: string
  readonly user?: string
  readonly volumes?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly read_only?: boolean
  readonly privileged?: boolean
  readonly cap_add?: readonly string[]
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
  readonly pids_limit?: number
}

function read (path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
}

const { services }: { services: Readonly<Record<string, Service>> } = parse(read('compose.yaml'), { merge: true })

test('no container can write, gain rights, or take the whole machine', async t => {
  t.ok(Object.keys(services).length > 3, 'there are some')
  for (const [name, service] of Object.entries(services)) {
    t.equal(service.read_only, true, `${name}: the root is read-only`)
    t.same(service.cap_drop, ['ALL'], `${name}: no capabilities`)
    t.equal(service.cap_add, undefined, name)
    t.equal(service.privileged, undefined, name)
    t.ok(service.security_opt?.includes('no-new-privileges:true'), `${name}: no new privileges`)
    t.match(service.mem_limit, /^[1-9]\d*[mg]$/, `${name}: memory`)
    t.ok(Number(service.pids_limit) > 0, `${name}: processes`)
    // Our image has a user of its own, which test/deploy.test.ts shows.
    const { user = service.image === 'longhand' ? 'node' : 'root' } = service
    t.notMatch(user, /^(root|0)(:|$)/, `${name}: not root`)
  }
})

test('what containers write has a place in memory or on a volume', async t => {
  const { tmpfs = [], volumes = [] } = services['postgres'] ?? {}
  t.same(tmpfs.map(place => place.split(':')[0]), ['/var/run/postgresql', '/tmp'])
  t.ok(volumes.includes('postgres:/var/lib/postgresql'))
  const configuration = read('deploy/nginx.conf')
  const written = [...configuration.matchAll(/^ *(?:pid|\w+_temp_path) ([^;]*);$/gm)].map(([, path = '']) => path)
  t.equal(written.length, 6, 'its own file, and one folder for each kind of body')
  const [place = ''] = services['proxy']?.tmpfs?.[0]?.split(':') ?? []
  for (const path of written) t.ok(path.startsWith(`${place}/`), path)
  for (const { volumes: all = [] } of Object.values(services)) {
    for (const volume of all.filter(volume => volume.startsWith('.'))) t.match(volume, /:ro$/, volume)
  }
})

test('the database is used as a role that can do nothing else', async t => {
  const password = "it's-a-secret"
  const script = read('deploy/postgres.sql')
  const [, variable, setting] = /^\\getenv (\w+) (\w+)$/m.exec(script) ?? []
  t.equal(setting, 'DATABASE_PASSWORD')
  // What psql makes of it.
  const statements = script.replace(/^\\.*$/m, '').replaceAll(`:'${variable}'`, `'${password.replaceAll("'", "''")}'`)

  const postgres = await startServer()
  await postgres.asSuperuser('postgres', 'CREATE DATABASE longhand')
  await postgres.asSuperuser('longhand', statements)
  const rows = await postgres.asSuperuser('longhand', `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication,
    rolbypassrls FROM pg_roles WHERE rolname = 'longhand'`)
  t.same(rows, [
    { rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolreplication: false, rolbypassrls: false }
  ])

  const DATABASE_URL = `postgres://longhand:${encodeURIComponent(password)}@127.0.0.1:${postgres.port}/longhand`
  const settings = readSettings({ DATABASE_URL, PORT: '0', TIME_ADDITION_MS: '0' })
  const server = await createServer(settings, pino({ level: 'fatal' }))
  t.teardown(() => server.close())
  const created = await fetch(`${server.url}/api/v1/calculate`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"expression":"1+2"}'
  })
  t.equal(created.status, 201)
  const answer = await fetch(`${server.url}/api/v1/expressions/1?wait=30`)
  t.match(await answer.json(), { expression: { status: 'completed', result: 3 } })
  await t.rejects(postgres.query(DATABASE_URL, 'CREATE ROLE another'), { code: '42501' })
  await t.rejects(postgres.query(DATABASE_URL, 'CREATE DATABASE another'), { code: '42501' })
})
