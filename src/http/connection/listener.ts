import { type RequestListener, type Server, createServer } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../core/clock.js'
import { domainError } from '../../core/errors.js'
import { PIPELINING_LIMITS, createPipelining } from './pipelining.js'
import { BODY_BUDGET_LIMITS } from './body-budget.js'
import { MAX_WAIT_S } from '../schemas/common.js'
import { RESPONSE_BUDGET_LIMITS, createResponseBudget } from './response-budget.js'
import { answerClientError } from './client-errors.js'

/** The time limits of a connection, in ms, and the limits of memory. */
export const LISTENER_LIMITS = {
  /** From the first byte of a request to the end of its headers; on a connection that sends nothing, from its start. */
  headersMs: 10_000,
  /** From the first byte of a request to its last. The response may take longer. */
  requestMs: 30_000,
  /** How often these two are checked. */
  checkMs: 1_000,
  /** Without traffic, also during a long poll: longer than the longest wait. */
  silenceMs: MAX_WAIT_S * 1000 + 30_000,
  /** Between requests; longer than the usual 60 s of proxies, so that the proxy closes first. */
  keepAliveMs: 72_000,
  pipelining: PIPELINING_LIMITS,
  responses: RESPONSE_BUDGET_LIMITS,
  bodies: BODY_BUDGET_LIMITS
}

export type ListenerLimits = Readonly<typeof LISTENER_LIMITS>

/** An HTTP server whose connections are bounded in time and memory, and handle one request after another. */
export function createListener (limits: ListenerLimits, clock: Pick<Clock, 'after'>) {
  let handle: RequestListener = () => {}
  const pipeline = createPipelining((request, response) => handle(request, response), limits.pipelining)
  const responses = createResponseBudget(limits.responses)
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.keepAliveMs,
    // Node would refuse a request without a Host with an empty response; the guard gives the reason.
    requireHostHeader: false
  })
  server.setTimeout(limits.silenceMs)
  server.on('request', (request, response) => pipeline.take(request, response))
  // Node's own 100 would overtake the responses before it.
  server.on('checkContinue', (request, response) => {
    pipeline.take(request, response, () => { if (isContinue(request.headers.expect)) response.writeContinue() })
  })
  // Node would answer an empty 417; `refuseExpectations` sends a body.
  server.on('checkExpectation', (request, response) => pipeline.take(request, response))
  server.on('clientError', (error, socket) => {
    // A response that is being sent must not be interrupted.
    if (socket instanceof Socket) pipeline.end(socket, () => answerClientError(error, socket))
  })
  responses.watch(server, clock)
  return {
    responses,
    /** Sets the handler of the requests. */
    serve (handler: RequestListener): Server {
      handle = handler
      return server
    }
  }
}

/** Answers 417 to unknown expectations. In HTTP/1.0 they are ignored (RFC 9110, section 10.1.1). */
export function refuseExpectations (app: FastifyInstance): void {
  app.addHook('onRequest', ({ headers: { expect }, raw }, _reply, done) => {
    if (expect === undefined || raw.httpVersion !== '1.1' || isContinue(expect)) done()
    else done(domainError('expectation_failed', { found: expect }))
  })
}

/** The only expectation that HTTP defines. */
function isContinue (expectation: string | undefined): boolean {
  return expectation?.trim().toLowerCase() === '100-continue'
}
