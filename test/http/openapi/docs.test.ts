import { createConfig, lintFromString } from '@redocly/openapi-core'
import { type IncomingMessage, createServer, request as send } from 'node:http'
import { type AddressInfo } from 'node:net'
import { test } from 'tap'
import { TASK_KINDS } from '../../../src/http/routes/services/kinds.js'
import { build, listen } from '../helper.js'

interface Description {
  readonly openapi: string
  readonly info: { readonly version: string }
  readonly servers: ReadonlyArray<{ readonly url: string }>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Media {
  readonly schema: { readonly $ref?: string }
  readonly example?: unknown
}

interface Answer {
  readonly description?: string
  readonly content?: Readonly<Record<string, Media>>
}

interface Parameter {
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly example?: unknown
  readonly examples?: unknown
  readonly schema: { readonly default?: unknown, readonly examples?: unknown }
}

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly security?: unknown
  readonly responses: Readonly<Record<string, Answer>>
}

test('every route is described, with its answers', async t => {
  const { app } = build(t)
  const response = await app.inject('/openapi.json')
  t.equal(response.statusCode, 200)
  const { openapi, info, paths } = response.json<Description>()
  t.match(openapi, /^3\.1/)
  t.equal(info.version, '0.0.0-test')
  t.strictSame(Object.keys(paths).sort(), [
    '/api/expression', '/api/result/{id}', '/api/v1/add/{num1}/{num2}', '/api/v1/agents', '/api/v1/calculate',
    '/api/v1/events', '/api/v1/expressions', '/api/v1/expressions/{id}', '/api/v1/expressions/{id}/events',
    '/api/v1/expressions/{id}/operations', '/api/v1/job/{id}', '/api/v1/operations', '/create-task', '/health/live',
    '/health/ready', '/internal/heartbeat', '/internal/task', '/metrics', '/poll-task/{id}'
  ])
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { summary, security, responses }] of Object.entries(methods)) {
      t.ok(summary, `${method} ${path} has a summary`)
      t.equal(security !== undefined, path.startsWith('/internal'), `${method} ${path}: only agents need a token`)
      for (const [status, { description }] of Object.entries(responses)) {
        t.not(description, 'Default Response', `${method} ${path} ${status}`)
      }
    }
  }
  const statusesOf = (path: string): string[] => Object.keys(paths[path]?.['post']?.responses ?? {})
  t.strictSame(statusesOf('/api/v1/calculate'), ['201', '403', '413', '415', '421', '422', '503'])
  t.strictSame(statusesOf('/api/expression'), ['200', '400', '403', '413', '415', '421', '503'])
  t.strictSame(Object.keys(paths['/api/v1/add/{num1}/{num2}'] ?? {}), ['get', 'post'])
  t.match(paths['/internal/task']?.['post']?.responses['422']?.content, { 'application/problem+json': {} })
})

test('what is refused before a route is called is described, too', async t => {
  const { app } = build(t)
  const { paths } = (await app.inject('/openapi.json')).json<Description>()
  for (const [path, methods] of Object.entries(paths)) {
    const isForSupervisors = path.startsWith('/health') || path === '/metrics'
    const marksRetrieved = path.startsWith('/api/v1/add') || path.startsWith('/api/v1/job')
    for (const [method, { summary, responses }] of Object.entries(methods)) {
      const has = (status: number): boolean => String(status) in responses
      const isInternal = path.startsWith('/internal')
      t.equal(has(421), !isForSupervisors, `${method} ${path} 421`)
      t.equal(has(401), isInternal, `${method} ${path} 401`)
      t.equal(has(403), isInternal || marksRetrieved || method !== 'get', `${method} ${path} 403`)
      if (!isForSupervisors && path !== '/api/v1/operations') t.ok(has(503), `${method} ${path} 503`)
      t.notMatch(summary, /\ba [aeiou]/, `${method} ${path}`)
    }
  }
  const refusals = paths['/internal/task']?.['get']?.responses
  for (const status of ['401', '403', '421']) t.match(refusals?.[status]?.content, { 'application/problem+json': {} })
  const worded = paths['/api/result/{id}']?.['get']?.responses['421']?.content
  t.match(worded, { 'application/json': {} }, 'in the form of the service')
  t.equal(paths['/api/expression']?.['post']?.summary, 'Create an expression')
})

test('the pages come with a strict policy', async t => {
  const { app } = build(t)
  const page = await app.inject('/docs')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /^text\/html/)
  const scripts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => String(path))
  t.ok(scripts.length > 3)
  for (const path of scripts) {
    const part = await app.inject(path)
    t.equal(part.statusCode, 200, path)
    t.match(part.headers['content-security-policy'], "default-src 'none'", path)
    t.notMatch(part.headers['content-security-policy'], /unsafe-eval|https?:|\*/, path)
  }
  t.notMatch(page.body, /<script>|<style>| on\w+=/, 'nothing is inline')
})

test('a description that cannot be made is retried at the next request, and does not make close() fail', async t => {
  const [kind] = TASK_KINDS
  let isBroken = false
  const fragile = {
    ...kind!,
    get service (): string {
      if (isBroken) throw new Error('not now')
      return kind!.service
    }
  }
  const { app, log } = build(t, { kinds: [fragile] })
  await app.ready()
  isBroken = true
  t.equal((await app.inject('/openapi.json')).statusCode, 500)
  t.match(log, [{ err: { message: 'not now' } }])
  isBroken = false
  t.equal((await app.inject('/openapi.json')).statusCode, 200)

  const { app: unlucky } = build(t, { kinds: [fragile] })
  await unlucky.ready()
  isBroken = true
  t.equal((await unlucky.inject('/docs')).statusCode, 500)
  await unlucky.close()
})

test('an independent linter finds nothing wrong in the description', async t => {
  const { app } = build(t)
  const { body: source } = await app.inject('/openapi.json')
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({ source, config, absoluteRef: 'openapi.json' })
  t.strictSame(problems.map(({ ruleId, message, location: [where] }) => `${ruleId}: ${message} ${where?.pointer}`), [])
})

test('operations have ids, bodies are named schemas, and each has an example of its own', async t => {
  const { app } = build(t)
  const { paths, components } = (await app.inject('/openapi.json')).json<Description>()
  const operations = Object.values(paths).flatMap(methods => Object.values(methods))
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  for (const { operationId = '', requestBody, responses } of operations) {
    t.match(operationId, /^[a-z][A-Za-z]+$/)
    const examples = new Set<string>()
    const bodies = Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.values(content).map((media): [string, Media] => [status, media]))
    for (const [what, { schema, example }] of [...bodies, ...Object.values(requestBody?.content ?? {})
      .map((media): [string, Media] => ['request', media])]) {
      t.not(example, undefined, `${operationId} ${what}`)
      if (typeof example === 'object') t.match(schema.$ref, /^#\/components\/schemas\/[A-Z]/, `${operationId} ${what}`)
      examples.add(JSON.stringify(example))
    }
    t.equal(examples.size, bodies.length + (requestBody === undefined ? 0 : 1), `${operationId}: no two are the same`)
  }
  const used = new Set([...JSON.stringify(paths).matchAll(/schemas\/(\w+)"/g), ...JSON.stringify(components)
    .matchAll(/schemas\/(\w+)"/g)].map(([, name]) => name))
  t.strictSame([...used].sort(), Object.keys(components.schemas))
  for (const name of ['Expression', 'Operation', 'Task', 'Agent', 'Problem']) t.ok(used.has(name), name)
})

test('what a page fills in can be sent as it is', async t => {
  const { app } = build(t)
  const { paths } = (await app.inject('/openapi.json')).json<Description>()
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
      let url = path
      const query: Record<string, string> = {}
      for (const { in: place, name, required, example, examples, schema } of parameters) {
        t.same([examples, schema.examples], [undefined, undefined], 'an example of a parameter has one place')
        if (required !== true) t.equal(example, undefined, `${method} ${path} ${name}`)
        if (place === 'query' && schema.default !== undefined) query[name] = String(schema.default)
        if (place === 'path') url = url.replace(`{${name}}`, String(example))
      }
      const [body] = Object.values(requestBody?.content ?? {})
      // An event stream has no end.
      const isStream = path.endsWith('/events')
      const response = await app.inject({
        method: isStream ? 'HEAD' : method.toUpperCase() as 'GET' | 'POST' | 'DELETE',
        url,
        query,
        ...body && { payload: body.example as object }
      })
      // The example id may be of another service or final.
      t.ok(response.statusCode < 300 || [404, 409].includes(response.statusCode), `${method} ${url}: ${response.body}`)
    }
  }
  t.match((await app.inject('/api/v1/agents')).json<{ agents: Array<{ name: string | null }> }>().agents
    .filter(({ name }) => name !== null), [], 'no agent of the examples')
})

test('below a prefix that a proxy takes off, everything is found', async t => {
  const { app } = build(t)
  const port = await listen(app)
  const proxy = createServer((incoming, outgoing) => {
    const path = /^\/some\/prefix(\/.*)$/.exec(incoming.url ?? '')?.[1]
    if (path === undefined) return outgoing.writeHead(502).end()
    send({ port, path, method: incoming.method, headers: incoming.headers }, (answer: IncomingMessage) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    }).end()
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => proxy.close())
  const root = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/some/prefix/`
  for (const page of ['docs', 'docs/', 'docs?x=1', 'docs/?x=1']) {
    const shown = await fetch(new URL(page, root))
    t.equal(shown.status, 200, page)
    const links = [...(await shown.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => String(link))
    t.ok(links.length > 3)
    for (const link of links) t.equal((await fetch(new URL(link, shown.url))).status, 200, `${page}: ${link}`)
  }
  for (const place of ['openapi.json', 'docs/json']) {
    const description = await fetch(new URL(place, root))
    const { servers, paths } = await description.json() as Description
    const server = new URL(servers[0]!.url, description.url).href
    t.equal(server, root, place)
    t.equal((await fetch(`${server.replace(/\/$/, '')}${Object.keys(paths)[0]}`)).status, 200)
  }
})

test('forbidden paths are answered 404, and a 500 would be in the log', async t => {
  const { app, log } = build(t)
  for (const path of [
    '..%5c', '..%2f..%2fpackage.json', '%2e%2e%5cpackage.json', '%00', 'a%00b', '%', '.hidden', 'a'.repeat(5_000), 'x'
  ]) {
    const response = await app.inject(`/docs/static/${path}`)
    t.equal(response.statusCode, 404, path.slice(0, 40))
    t.match(response.json(), { code: 'route_unknown' })
  }
  t.strictSame(log, [])
})
