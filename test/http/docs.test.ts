import { test } from 'tap'
import { TASK_KINDS } from '../../src/http/routes/classic/kinds.js'
import { build } from './helper.js'

interface Description {
  readonly openapi: string
  readonly info: { readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly summary?: string
  readonly security?: unknown
  readonly responses: Readonly<Record<string, { readonly description?: string, readonly content?: object }>>
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
    '/api/v1/expressions', '/api/v1/expressions/{id}', '/api/v1/expressions/{id}/operations', '/api/v1/job/{id}',
    '/api/v1/operations', '/create-task', '/health/live', '/health/ready', '/internal/heartbeat', '/internal/task',
    '/metrics', '/poll-task/{id}'
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

test('what is refused before a route is asked is described, too', async t => {
  const { app } = build(t)
  const { paths } = (await app.inject('/openapi.json')).json<Description>()
  for (const [path, methods] of Object.entries(paths)) {
    const isForSupervisors = path.startsWith('/health') || path === '/metrics'
    const isRemembered = path.startsWith('/api/v1/add') || path.startsWith('/api/v1/job')
    for (const [method, { summary, responses }] of Object.entries(methods)) {
      const has = (status: number): boolean => String(status) in responses
      const isInternal = path.startsWith('/internal')
      t.equal(has(421), !isForSupervisors, `${method} ${path} 421`)
      t.equal(has(401), isInternal, `${method} ${path} 401`)
      t.equal(has(403), isInternal || isRemembered || method !== 'get', `${method} ${path} 403`)
      if (!isForSupervisors && path !== '/api/v1/operations') t.ok(has(503), `${method} ${path} 503`)
      t.notMatch(summary, /\ba [aeiou]/, `${method} ${path}`)
    }
  }
  const refusals = paths['/internal/task']?.['get']?.responses
  for (const status of ['401', '403', '421']) t.match(refusals?.[status]?.content, { 'application/problem+json': {} })
  const worded = paths['/api/result/{id}']?.['get']?.responses['421']?.content
  t.match(worded, { 'application/json': {} }, 'a service words them in its own way')
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

test('a description that cannot be made is tried again at the next look, and close() does not fail of it', async t => {
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
