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
  t.strictSame(Object.keys(paths['/api/v1/calculate']?.['post']?.responses ?? {}), ['201', '413', '415', '422', '503'])
  t.strictSame(Object.keys(paths['/api/expression']?.['post']?.responses ?? {}), ['200', '400', '413', '415', '503'])
  t.strictSame(Object.keys(paths['/api/v1/add/{num1}/{num2}'] ?? {}), ['get', 'post'])
  t.match(paths['/internal/task']?.['post']?.responses['422']?.content, { 'application/problem+json': {} })
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
