import type { InjectOptions } from 'fastify'
import type { Test } from 'tap'
import { domainError } from '../../../../src/core/errors.js'
import { type Overrides, build } from '../../helper.js'

export interface RefusingService {
  /** In place of the default ones. */
  readonly kinds?: Overrides['kinds']
  /** The member that holds the sentence. */
  readonly member: string
  readonly badInput: number
  /** A valid request. */
  readonly create: InjectOptions & { readonly url: string }
  /** The path of a record, without the id. */
  readonly read: string
  /** An unknown path below one of the service's. */
  readonly nowhere: string
  readonly badInputs: ReadonlyArray<readonly [what: string, request: InjectOptions, sentence: RegExp]>
}

/** Checks that every error of a service is one member with a sentence. */
export async function refuses (t: Test, service: RefusingService): Promise<void> {
  const { member, create, read } = service
  const kinds = service.kinds === undefined ? {} : { kinds: service.kinds }
  const start = (overrides: Overrides = {}) => build(t, { ...kinds, ...overrides })

  async function check (what: string, sent: InjectOptions, status: number, sentence: RegExp, built = start()) {
    const response = await built.app.inject(sent)
    t.equal(response.statusCode, status, what)
    t.match(response.headers['content-type'], /^application\/json/, what)
    t.strictSame(Object.keys(response.json()), [member], what)
    t.match(response.json(), { [member]: sentence }, what)
    return response
  }

  for (const [what, request, sentence] of service.badInputs) {
    await check(what, { ...create, ...request }, service.badInput, sentence)
  }
  for (const id of ['1', '0', '-1', 'x', '1.5', '99999999999999999999', '%7B']) {
    await check(`id ${id}`, { url: `${read}/${id}` }, 404, /^There is no such /)
  }
  await check('an endless wait', { url: `${read}/1?wait=1e9` }, service.badInput, /"wait"/)
  await check('an unknown path', { url: service.nowhere }, 404, /^No such route/)
  await check('a path that is not encoded', { url: `${read}/%zz` }, 404, /^No such route/)
  const put = await check('another method', { url: create.url, method: 'PUT' }, 405, /^PUT is not allowed here; use /)
  t.match(put.headers['allow'], /POST/)
  const long = { ...create, headers: { 'content-type': 'application/json' }, payload: `"${'x'.repeat(70_000)}"` }
  await check('a long body', long, 413, /larger than 65536 bytes/)
  const form = { ...create, headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' }
  await check('a form', form, 415, /^Cannot read .*; send Content-Type/)
  await check('another name', { ...create, headers: { host: 'elsewhere.example' } }, 421, /does not answer to the name/)
  const foreign = { ...create, headers: { origin: 'http://elsewhere.example' } }
  await check('a page of another origin', foreign, 403, /^Cross-origin browser requests/)

  const full = { orchestrator: { submit: async () => { throw domainError('queue_full', { what: 'a lot' }) } } }
  t.equal((await check('too much work', create, 503, /^Too much unfinished work/, start(full))).headers['retry-after'], '1')
  const draining = start()
  draining.orchestrator.drain()
  await check('draining', create, 503, /shutting down/, draining)
  const broken = start({ orchestrator: { submit: async () => { throw new Error('secret') } } })
  await check('a fault of the server', create, 500, /^Internal error; see the log of the server$/, broken)
  t.match(broken.log, [{ err: { message: 'secret' } }])
}
