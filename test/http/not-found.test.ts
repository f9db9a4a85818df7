import { test } from 'tap'
import { build } from './helper.js'

test('an unknown path is 404', async t => {
  const { app } = build(t)
  for (const [method, url, path] of [
    ['GET', '/nothing?a=1', '/nothing'],
    ['POST', '/api/v1/calculate/', '/api/v1/calculate/'],
    ['GET', '/API/v1/expressions', '/API/v1/expressions'],
    ['GET', '/internal/none', '/internal/none'],
    ['GET', '/docs/static/none', '/docs/static/none'],
    ['GET', '/api/v1/expressions/%zz', '/api/v1/expressions/%zz']
  ] as const) {
    const response = await app.inject({ method, url })
    t.equal(response.statusCode, 404, url)
    t.equal(response.headers['content-type'], 'application/problem+json')
    t.match(response.json(), { code: 'route_unknown', detail: `No such route: ${method} ${path}. See /docs` }, url)
  }
})

test('a known path with another method is 405 and says which ones are possible', async t => {
  const { app } = build(t)
  for (const [method, url, allow] of [
    ['GET', '/api/v1/calculate', 'POST'],
    ['HEAD', '/api/v1/calculate', 'POST'],
    ['OPTIONS', '/api/v1/calculate', 'POST'],
    ['POST', '/api/v1/expressions?limit=1', 'GET, HEAD'],
    ['PUT', '/api/v1/expressions/7', 'GET, HEAD, DELETE'],
    ['POST', '/api/v1/operations', 'GET, HEAD'],
    ['PATCH', '/internal/task', 'GET, POST'],
    ['DELETE', '/health/live', 'GET, HEAD']
  ] as const) {
    const response = await app.inject({ method, url })
    t.equal(response.statusCode, 405, `${method} ${url}`)
    t.equal(response.headers.allow, allow, `${method} ${url}`)
    if (method !== 'HEAD') t.match(response.json(), { code: 'method_not_allowed', status: 405 })
  }
})

test('the method is refused before the body is read', async t => {
  const { app } = build(t)
  for (const headers of [{ 'content-type': 'text/xml' }, { 'content-type': 'application/json' }]) {
    t.equal((await app.inject({ method: 'PUT', url: '/api/v1/calculate', headers, payload: '<' })).statusCode, 405)
    t.equal((await app.inject({ method: 'PUT', url: '/nothing', headers, payload: '<' })).statusCode, 404)
  }
})

test('HEAD is possible where GET is', async t => {
  const { app } = build(t)
  for (const url of ['/api/v1/expressions', '/api/v1/operations', '/health/ready', '/docs']) {
    const response = await app.inject({ method: 'HEAD', url })
    t.equal(response.statusCode, 200, url)
    t.equal(response.body, '', url)
  }
})
