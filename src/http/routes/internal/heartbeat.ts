import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { domainError } from '../../../core/errors.js'
import type { LeaseRef, Outcome } from '../../../core/store.js'
import { type HeartbeatAnswer, HeartbeatBody, heartbeatAnswer } from '../../schemas/heartbeat.js'
import { UNAVAILABLE, problems } from '../../schemas/problem.js'
import { withAddress } from './address.js'
import type { AgentServices } from '../../services.js'

export const heartbeatRoutes: FastifyPluginAsyncTypebox<AgentServices> = async (app, { orchestrator, form }) => {
  app.post('/internal/heartbeat', {
    schema: {
      tags: ['agents'],
      operationId: 'sendHeartbeat',
      summary: 'Renew leases, and release tasks',
      body: HeartbeatBody,
      response: {
        200: heartbeatAnswer(form),
        ...problems({
          409: 'Every lease has been superseded',
          413: 'The body is too large',
          415: 'The Content-Type is not application/json',
          422: 'The body is invalid',
          503: UNAVAILABLE
        })
      }
    }
  }, async (request, reply) => {
    const { agent = null, instance = null, tasks = [], check = [], release = [], leaving = false } = request.body
    const working = tasks.map(leaseOf)
    const checking = check.map(leaseOf)
    const releasing = release.map(leaseOf)
    const identity = withAddress({ agent, instance }, request)
    const pulse = await orchestrator.heartbeat({ identity, working, checking, releasing, leaving })

    const named = [...working, ...checking, ...releasing]
    const outcomes = [...pulse.working, ...pulse.checking, ...pulse.releasing]
    const [first] = named
    if (first !== undefined && outcomes.every(outcome => outcome === 'superseded')) {
      throw domainError('lease_superseded', { id: named.map(({ task }) => task).join(', ') })
    }
    reply.header('cache-control', 'no-store')
    const answer: HeartbeatAnswer = { lost: [], cancelled: [], state: orchestrator.draining ? 'drain' : 'run' }
    outcomes.forEach((outcome, index) => listFor(answer, outcome)?.push(form.idOf(named[index]!.task)))
    return answer
  })
}

function leaseOf ({ id, lease }: { id: number | string, lease: string }): LeaseRef {
  return { task: Number(id), lease }
}

function listFor ({ lost, cancelled }: HeartbeatAnswer, outcome: Outcome): Array<number | string> | null {
  switch (outcome) {
    case 'accepted':
      return null
    case 'ignored':
      return cancelled
    case 'unknown':
    case 'superseded':
      return lost
  }
}
