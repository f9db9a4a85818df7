/** What ships for containers is held to the program: Dockerfile, .dockerignore, compose.yaml, deploy/nginx.conf. */
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { test } from 'tap'
import { parse } from 'yaml'
import { CLOSE_MARGIN_MS } from '../src/cli/serve.js'
import { type Environment, type Settings, readSettings, requireAgentAccess, settingRows } from '../src/settings.js'
import { build } from './http/helper.js'

interface Service {
  readonly image: string
  readonly build?: string
  readonly command?: string
  readonly environment?: Readonly<Record<string, string | number>>
  readonly healthcheck?: { readonly test?: string, readonly disable?: boolean }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly init?: boolean
  readonly stop_grace_period?: string
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
}

interface Instruction {
  readonly keyword: string
  readonly rest: string
}

/** What an operator gives compose.yaml. */
const GIVEN: Environment = {
  INTERNAL_TOKEN: 'a-long-random-secret', POSTGRES_PASSWORD: '0123456789abcdef', DATABASE_PASSWORD: 'fedcba9876543210'
}

const ROOT = new URL('../', import.meta.url)

function read (path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

/** With the variables filled in as Compose does it. @throws where one that has to be given is not */
function filled (text: string, given: Environment = GIVEN): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, operator?: string, word = '') => {
    const value = given[name] ?? ''
    if (value === '' && operator === '?') throw new Error(`${name} is missing: ${word}`)
    return value === '' && operator === '-' ? word : value
  })
}

function servicesIn (compose: string): ReadonlyMap<string, Service> {
  const { services }: { services: Readonly<Record<string, Service>> } = parse(compose, { merge: true })
  return new Map(Object.entries(services))
}

/** The stages, each without its comments and with its lines joined. */
function stagesIn (dockerfile: string): Instruction[][] {
  const lines = dockerfile.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, ' ').split('\n').filter(line => line !== '')
  const stages: Instruction[][] = []
  for (const line of lines) {
    const [, keyword = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
    if (keyword === 'FROM') stages.push([])
    stages.at(-1)?.push({ keyword, rest })
  }
  return stages
}

function valuesOf (stage: readonly Instruction[], keyword: string): string[] {
  return stage.filter(instruction => instruction.keyword === keyword).map(({ rest }) => rest)
}

/** Of the last rule that names it, or a folder above it. Knows no more than names, `*`, and `!`. */
function isIgnored (path: string, dockerignore: string): boolean {
  const rules = dockerignore.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  const last = rules.findLast(rule => {
    const name = rule.replace(/^!/, '').replace(/\/$/, '')
    return name === '*' || path === name || path.startsWith(`${name}/`)
  })
  return last !== undefined && !last.startsWith('!')
}

function secondsOf (period = ''): number {
  return Number(/^(\d+)s$/.exec(period)?.[1] ?? NaN)
}

function environmentOf ({ environment = {} }: Service): Environment {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]))
}

const SERVICES = servicesIn(filled(read('compose.yaml')))
const OURS = [...SERVICES].filter(([, { image }]) => image === 'longhand')
const ORCHESTRATORS = OURS.filter(([, { command }]) => command === undefined)
const AGENTS = OURS.filter(([, { command }]) => command === 'agent')
const STAGES = stagesIn(read('Dockerfile'))
const [BUILDING = [], IMAGE = []] = STAGES

function serviceOf (name: string): Service {
  const service = SERVICES.get(name)
  if (service === undefined) throw new Error(`compose.yaml has no service ${name}`)
  return service
}

/** The settings of a container: the image's environment, and the service's. */
function settingsOf (service: Service): Settings {
  const image = valuesOf(IMAGE, 'ENV').map(pair => pair.split('=') as [string, string])
  return readSettings({ ...Object.fromEntries(image), ...environmentOf(service) })
}

/** Where the orchestrators answer, as `HOST:PORT`. */
function addresses (): string[] {
  return ORCHESTRATORS.map(([name, service]) => `${name}:${settingsOf(service).PORT}`)
}

test('compose.yaml has orchestrators and agents, one of which builds the image', async t => {
  t.ok(ORCHESTRATORS.length > 1 && AGENTS.length > 0)
  t.equal(ORCHESTRATORS.length + AGENTS.length, OURS.length, 'every command is known')
  t.same(OURS.filter(([, service]) => service.build !== undefined).map(([, service]) => service.build), ['.'])
})

test('compose.yaml asks for the secrets, and for nothing else', async t => {
  for (const name of Object.keys(GIVEN)) t.throws(() => filled(read('compose.yaml'), { ...GIVEN, [name]: '' }), name)
})

test('every variable of our services is a setting, and they are accepted together', async t => {
  const known = new Set(settingRows().map(({ name }) => name))
  for (const [name, service] of OURS) {
    t.same(Object.keys(environmentOf(service)).filter(variable => !known.has(variable)), [], name)
    t.doesNotThrow(() => settingsOf(service), name)
  }
})

test('orchestrators serve other machines, and say which agents may come', async t => {
  for (const [name, service] of ORCHESTRATORS) {
    const settings = settingsOf(service)
    const { INTERNAL_TOKEN: token, ...tokenless } = settings
    t.doesNotThrow(() => requireAgentAccess(settings), name)
    t.throws(() => requireAgentAccess(tokenless), { name: 'SettingsError' }, `${name} needs the token`)
    for (const [agent, its] of AGENTS) t.equal(settingsOf(its).INTERNAL_TOKEN, token, agent)
  }
})

test('agents know every orchestrator, and each takes them by that name', async t => {
  const bearer = { authorization: `Bearer ${GIVEN.INTERNAL_TOKEN}` }
  for (const [agent, its] of AGENTS) {
    const hosts = settingsOf(its).ORCHESTRATOR_URL.map(url => new URL(url).host)
    t.same(hosts, addresses(), agent)
    for (const [index, host] of hosts.entries()) {
      const { app } = build(t, { settings: settingsOf(serviceOf(ORCHESTRATORS[index]?.[0] ?? '')) })
      const ask = async (headers: object): Promise<number> => {
        const { statusCode } = await app.inject({
          url: '/internal/task', headers: { host, ...headers }, remoteAddress: '172.18.0.9'
        })
        return statusCode
      }
      t.equal(await ask(bearer), 404, `${host} has no task`)
      t.equal(await ask({}), 401, `${host} wants the token`)
      t.equal(await ask({ ...bearer, host: 'elsewhere:8080' }), 421, `${host} takes no other name`)
    }
  }
})

test('the proxy sends to the orchestrators, and listens where its port leads', async t => {
  const configuration = read('deploy/nginx.conf')
  const upstreams = [...configuration.matchAll(/^\s*server ([\w.-]+:\d+)[ ;]/gm)].map(([, address]) => address)
  t.same(upstreams, addresses())
  const { ports = [], volumes = [] } = serviceOf('proxy')
  const [, port] = /listen (\d+);/.exec(configuration) ?? []
  t.same(ports.map(mapping => mapping.split(':')), [['127.0.0.1', '8080', port]], 'open to this machine alone')
  for (const volume of volumes) t.ok(existsSync(new URL(volume.split(':')[0] ?? '', ROOT)), volume)
  t.ok(Number(port) >= 1024, 'which needs no rights')
})

test('the public name is that of the machine, unless another one is given', async t => {
  for (const [given, expected] of [[{}, 'localhost'], [{ PUBLIC_HOST: 'calc.example' }, 'calc.example']] as const) {
    const services = servicesIn(filled(read('compose.yaml'), { ...GIVEN, ...given }))
    for (const [name] of ORCHESTRATORS) {
      t.ok(settingsOf(services.get(name)!).ALLOWED_HOSTS.includes(expected), `${name} is ${expected}`)
    }
  }
})

test('orchestrators have the database that the other service makes', async t => {
  const { POSTGRES_DB, DATABASE_PASSWORD } = environmentOf(serviceOf('postgres'))
  const [, role] = /^CREATE ROLE (\w+) /m.exec(read('deploy/postgres.sql')) ?? []
  for (const [name, service] of ORCHESTRATORS) {
    const { hostname, port, username, password, pathname } = new URL(settingsOf(service).DATABASE_URL ?? '')
    t.same([hostname, port, username, password, pathname],
      ['postgres', '5432', role, DATABASE_PASSWORD, `/${POSTGRES_DB}`], name)
  }
  t.match(serviceOf('postgres').healthcheck?.test, `-U ${role} -d ${POSTGRES_DB} `)
})

test('who waits for a healthy service waits for one that has a check', async t => {
  const hasCheck = ({ image, healthcheck }: Service): boolean =>
    healthcheck?.disable !== true && (image === 'longhand' || healthcheck?.test !== undefined)
  for (const [name, { depends_on: needed = {} }] of SERVICES) {
    for (const [other, { condition }] of Object.entries(needed)) {
      t.ok(condition === 'service_healthy' && hasCheck(serviceOf(other)), `${name} waits for ${other}`)
    }
  }
  for (const [name, service] of AGENTS) t.notOk(hasCheck(service), `${name} answers nobody`)
})

test('containers have the time to close, and hear it when they are told to', async t => {
  for (const [name, service] of OURS) {
    const { SHUTDOWN_GRACE_MS: graceMs } = settingsOf(service)
    t.ok(secondsOf(service.stop_grace_period) * 1000 > graceMs + CLOSE_MARGIN_MS, name)
    t.equal(service.init, true, `${name} is not process 1`)
  }
})

test('the image asks whether a server is healthy where it answers', async t => {
  const [check = ''] = valuesOf(IMAGE, 'HEALTHCHECK')
  const url = new URL(/"(http:.*)"/.exec(filled(check, {}))?.[1] ?? '')
  t.same(valuesOf(IMAGE, 'EXPOSE'), [url.port])
  t.equal(url.hostname, '127.0.0.1')
  for (const [name, service] of ORCHESTRATORS) {
    const settings = settingsOf(service)
    t.equal(url.port, String(settings.PORT), name)
    const { statusCode } = await build(t, { settings }).app.inject({ url: url.pathname, headers: { host: url.host } })
    t.equal(statusCode, 200, name)
  }
})

test('what the image copies is there, and not ignored', async t => {
  const copies = (stage: readonly Instruction[]): string[][] => valuesOf(stage, 'COPY').map(rest => rest.split(' '))
  const sources = copies(BUILDING).flatMap(paths => paths.slice(0, -1))
  t.ok(sources.includes('src') && sources.includes('package-lock.json'), 'there is something')
  for (const path of sources) {
    t.ok(existsSync(new URL(path, ROOT)), `${path} is there`)
    t.notOk(isIgnored(path, read('.dockerignore')), `${path} is not ignored`)
  }
  t.ok(isIgnored('node_modules', read('.dockerignore')) && isIgnored('.git', read('.dockerignore')), 'the rest is')
  const { outDir }: { outDir: string } = JSON.parse(read('tsconfig.json')).compilerOptions
  const made = ['node_modules', outDir, 'package.json'].map(path => posix.join('/app', path))
  t.same(copies(IMAGE).map(([stage, path]) => [stage, path]), made.map(path => ['--from=build', path]))
  t.same(STAGES.map(stage => valuesOf(stage, 'FROM')[0]), ['node:22-alpine AS build', 'node:22-alpine'], 'one Node')
})

test('the image runs the program, and not as root', async t => {
  // Not the command's file, which is for clones and installed packages.
  t.same(valuesOf(IMAGE, 'ENTRYPOINT').map(command => JSON.parse(command)), [['node', 'dist/cli.js']])
  t.same(valuesOf(IMAGE, 'USER'), ['node'])
  const after = IMAGE.slice(IMAGE.findIndex(({ keyword }) => keyword === 'USER')).map(({ keyword }) => keyword)
  t.notOk(after.includes('RUN') || after.includes('COPY'), 'what it runs belongs to root')
})

test('the file store of the image is on a volume that the program may write', async t => {
  const [home = ''] = valuesOf(IMAGE, 'WORKDIR')
  const folder = posix.dirname(readSettings({}).DATA_FILE)
  t.same(valuesOf(IMAGE, 'VOLUME'), [posix.join(home, folder)])
  const [user = ''] = valuesOf(IMAGE, 'USER')
  const keywords = IMAGE.map(({ keyword, rest }) => `${keyword} ${rest}`)
  const owned = keywords.findIndex(line => line === `RUN mkdir ${folder} && chown ${user}:${user} ${folder}`)
  t.ok(owned !== -1 && owned < keywords.findIndex(line => line.startsWith('VOLUME')), 'before it is one')
})
