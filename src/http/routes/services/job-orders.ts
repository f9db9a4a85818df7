import { type Static, Type } from '@sinclair/typebox'
import { domainError } from '../../../core/errors.js'
import type { Expression } from '../../../core/expression.js'
import { Id, Nullable, Timestamp, timestamp } from '../../schemas/common.js'
import { taskKind } from '../../task-kind.js'

const Addends = Type.Object({
  num1: Type.String({ description: 'A decimal number', examples: ['2'] }),
  num2: Type.String({ description: 'A decimal number', examples: ['-0.5'] })
})

const JobStatus = Type.String({
  description: 'pending → wip → completed → retrieved (once a response with completed was sent), or failed',
  examples: ['wip']
})

const JOB = {
  jobId: Id({ description: 'Identifies the job' }),
  status: JobStatus,
  LastUpdated: Timestamp,
  CompletedOn: Nullable('string', {
    description: 'RFC 3339, UTC: when it was completed or failed; null before', examples: ['2026-01-31T12:00:00.000Z']
  }),
  result: Nullable('number', { description: 'Null until it is completed', examples: [1.5] })
}

const ORDERED_AT = '2026-01-31T12:00:00.000Z'
const ORDERED = { jobId: 1, status: 'pending', LastUpdated: ORDERED_AT, CompletedOn: null, result: null }

const Job = Type.Object(JOB, {
  title: 'Job',
  examples: [{ ...ORDERED, status: 'completed', CompletedOn: '2026-01-31T12:00:01.010Z', result: 1.5 }]
})

const Receipt = Type.Object({ job: Type.String({ description: 'The jobId as a string', examples: ['1'] }), ...JOB }, {
  title: 'JobReceipt', examples: [{ job: '1', ...ORDERED }]
})

/** Job orders: additions of two numbers. */
export const jobOrders = taskKind({
  kind: 'job-order',
  noun: 'job',
  service: 'job orders',
  create: {
    path: '/api/v1/add/:num1/:num2',
    methods: ['GET', 'POST'],
    from: 'params',
    input: Addends,
    // `2` and `2e0` are the same number: its plain text stands for both.
    canonical: ({ num1, num2 }) => ({ num1: `${numberIn('num1', num1)}`, num2: `${numberIn('num2', num2)}` }),
    status: 202,
    receipt: Receipt,
    receiptOf: expression => ({ job: String(expression.id), ...jobOf(expression) })
  },
  read: { path: '/api/v1/job/:id', record: Job, recordOf: jobOf, marksRetrieved: true },
  work ({ num1, num2 }) {
    const [left, right] = [numberIn('num1', num1), numberIn('num2', num2)]
    return { source: `${left} + ${right}`, operations: [{ symbol: '+', left, right }] }
  },
  errors: { member: 'message', badInput: 400 }
})

function jobOf (expression: Expression): Static<typeof Job> {
  const { id, updatedAt, finishedAt, result } = expression
  return {
    jobId: id,
    status: statusOf(expression),
    LastUpdated: timestamp(updatedAt),
    CompletedOn: finishedAt === null ? null : timestamp(finishedAt),
    result
  }
}

function statusOf ({ status, retrievedAt }: Expression): string {
  switch (status) {
    case 'pending':
      return 'pending'
    case 'in_progress':
      return 'wip'
    case 'completed':
      return retrievedAt === null ? 'completed' : 'retrieved'
    case 'failed':
    case 'cancelled':
      return 'failed'
  }
}

const DECIMAL_WITH_EXPONENT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

/** @throws `path_invalid` */
function numberIn (name: string, text: string): number {
  const value = DECIMAL_WITH_EXPONENT.test(text) ? Number(text) : NaN
  if (Number.isFinite(value)) return value
  throw domainError('path_invalid', { reason: `${name} is not a number in the range of a double` })
}
