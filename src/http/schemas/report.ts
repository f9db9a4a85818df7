import { Kind, type Static, Type } from '@sinclair/typebox'
import { Id, withDescription, refusedAs } from './common.js'
import { MAX_TASKS, type TaskForm, type TaskView } from './task.js'
import { Text } from './text.js'

/**
 * An id as agents send it back: as they got it, or as a string. Sixteen digits can exceed the largest id; such a task
 * is unknown.
 */
const TaskId = Type.Union([
  Id(),
  Type.String({ pattern: '^[1-9][0-9]{0,15}$', examples: ['1'] })
], { description: 'an integer from 1 up, or the same as a string' })

const Lease = Text({
  maxLength: 200, description: 'The lease of the attempt, from the claim', examples: ['mNf2sQ0yJw4x.1']
})

/** Identifies an attempt. */
export const TaskLease = Type.Object({ id: TaskId, lease: Lease }, { title: 'TaskLease' })

const REPORT = {
  result: Type.Optional(Type.Number({ examples: [42], ...refusedAs('result_invalid') })),
  error: Type.Optional(Type.Object({
    code: Text({ minLength: 1, maxLength: 100, examples: ['out_of_paper'], ...refusedAs('result_invalid') }),
    message: Text({ maxLength: 1000, examples: ['No paper left'], ...refusedAs('result_invalid') }),
    retryable: Type.Optional(Type.Boolean({
      description: 'False: no attempt can succeed; with the current lease, the expression fails. ' +
        'Default: false for division_by_zero, domain_error and result_out_of_range, otherwise true.',
      ...refusedAs('result_invalid')
    }))
  }, { description: 'Why there is no result', ...refusedAs('result_invalid') })),
  lease: Type.Optional(Lease)
}

/** The report of one task. */
export const OneReport = Type.Object({ id: TaskId, ...REPORT }, {
  title: 'Report', description: 'Either result or error. Other members are ignored.'
})

export type OneReport = Static<typeof OneReport>

/**
 * One report, or many. The items of a list are validated one by one against `OneReport`, so that an invalid item does
 * not lose the others.
 */
export const ReportBody = Type.Object({
  id: Type.Optional(TaskId),
  ...REPORT,
  results: Type.Optional(Type.Array(Type.Unsafe<unknown>({ ...OneReport, [Kind]: 'Unknown' }), {
    maxItems: MAX_TASKS, description: 'Several reports, instead of the members of one'
  }))
}, {
  title: 'ReportRequest',
  description: 'One report, or `results`. Other members are ignored.',
  examples: [{ id: 1, result: 42 }]
})

export type ReportBody = Static<typeof ReportBody>

/** The outcome of a report. */
const Acceptance = Type.Object({
  accepted: Type.Boolean({
    description: 'False without a code: the task was final already, and nothing has changed'
  }),
  code: Type.Optional(Type.String({ description: 'Why it was not accepted', examples: ['task_unknown'] })),
  detail: Type.Optional(Type.String({ description: 'The same in words' }))
})

export type Acceptance = Static<typeof Acceptance>

export type ReportAnswer = Static<ReturnType<typeof reportAnswer>>

export function reportAnswer ({ schema }: TaskForm) {
  const Item = Type.Object({
    id: Type.Unsafe<number | string | null>({
      type: [schema.properties.id['type'], 'null'], description: 'Null for a report without a valid id'
    }),
    ...Acceptance.properties
  }, { title: 'ReportOutcome' })
  return withDescription('The outcome of the reports', Type.Object({
    ...Type.Partial(Acceptance).properties,
    results: Type.Optional(Type.Array(Item, { description: 'For a list: one outcome for each, in the same order' })),
    task: Type.Optional(Type.Unsafe<TaskView | null>({
      ...schema, title: 'NextTask', type: ['object', 'null'], description: 'With `next=1`: the next task, or null'
    })),
    tasks: Type.Optional(Type.Array(schema, { description: 'With `next=1` and `max`: the next batch' }))
  }, { title: 'ReportAnswer', examples: [{ accepted: true }] }))
}
