import { type RequestListener, type Server, createServer } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../core/clock.js'
import { domainError } from '../../core/errors.js'
import { type Pipeline, type PipelineLimits, createPipeline } from './pipeline.js'
import type { IncomingLimits } from './body-budget.js'
import { MAX_WAIT_S } from '../schemas/common.js'
import { type Unsent, type UnsentLimits, createUnsent } from './unsent.js'
import { answerUnparsed } from './client-errors.js'

/** What bounds a connection, in ms. */
export interface ListenerLimits {
  /** From the first byte to the last of the headers, or from the connection if nothing comes. */
  readonly headersMs: number
  /** From the first byte of a request to its last. The answer may take longer. */
  readonly requestMs: number
  /** How often these two are looked at. */
  readonly checkMs: number
  /** Silence on a connection, also while a long poll is held back: longer than the longest of them. */
  readonly silenceMs: number
  /** Between requests; longer than the 60 s after which usual proxies close a connection, so that they do it first. */
  readonly keepAliveMs: number
  readonly pipeline?: PipelineLimits
  readonly unsent?: UnsentLimits
  readonly incoming?: IncomingLimits
}

export const LISTENER_LIMITS: ListenerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  checkMs: 1_000,
  silenceMs: MAX_WAIT_S * 1000 + 30_000,
  keepAliveMs: 72_000
}

/** An HTTP server with all that bounds its connections, and the order of their requests. */
export interface Listener {
  readonly server: Server
  readonly pipeline: Pipeline
  readonly unsent: Unsent
  /** Says what handles the requests. */
  serve (handle: RequestListener): Server
}

export function createListener (limits: ListenerLimits, clock: Pick<Clock, 'after'>): Listener {
  let handle: RequestListener = () => {}
  const pipeline = createPipeline((request, response) => handle(request, response), limits.pipeline)
  const unsent = createUnsent(limits.unsent)
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.keepAliveMs,
    // Node refuses a request without a Host with an empty answer; the guard says why.
    requireHostHeader: false
  })
  server.setTimeout(limits.silenceMs)
  server.on('request', (request, response) => pipeline.take(request, response))
  // Node's own 100 would overtake the answers before it.
  server.on('checkContinue', (request, response) => {
    pipeline.take(request, response, () => { if (isContinue(request.headers.expect)) response.writeContinue() })
  })
  // Node answers an empty 417; the handler has a body for it.
  server.on('checkExpectation', (request, response) => pipeline.take(request, response))
  server.on('clientError', (error, socket) => {
    // An answer that is on its way must not be cut in two.
    if (socket instanceof Socket) pipeline.end(socket, () => answerUnparsed(error, socket))
  })
  unsent.watch(server, clock)
  return {
    server,
    pipeline,
    unsent,
    serve (handler) {
      handle = handler
      return server
    }
  }
}

/** HTTP/1.0 has no expectations, and they are ignored there (RFC 9110, section 10.1.1). */
export function refuseExpectations (app: FastifyInstance): void {
  app.addHook('onRequest', ({ headers: { expect }, raw }, _reply, done) => {
    if (expect === undefined || raw.httpVersion !== '1.1' || isContinue(expect)) done()
    else done(domainError('expectation_failed', { found: expect }))
  })
}

/** The only expectation that there is. */
function isContinue (expectation: string | undefined): boolean {
  return expectation?.trim().toLowerCase() === '100-continue'
}
