import { DomainError } from '../../../src/core/errors.js'
import type { Idempotency } from '../../../src/core/expression.js'
import { OPERATIONS } from '../../../src/core/operations.js'
import type { Claim, LeaseRef, ListQuery, Report, Store, Submission } from '../../../src/core/store.js'
import { submissionOf } from '../fixture.js'
import { FOREIGN_TOKEN } from './model.js'
import type { PickedLease, PickedReport, Step } from './steps.js'
import type { World } from './world.js'

/** A call of the store, and of the model: a step with everything picked. */
export type Verb =
  | { readonly do: 'submit', readonly submission: Submission }
  | { readonly do: 'admit', readonly operations: number }
  | { readonly do: 'findByKey', readonly idempotency: Idempotency }
  | { readonly do: 'claim', readonly claim: Claim }
  | { readonly do: 'report', readonly reports: readonly Report[], readonly next: Claim | null }
  | { readonly do: 'renew' | 'release' | 'check', readonly leases: readonly LeaseRef[] }
  | { readonly do: 'expire' }
  | { readonly do: 'cancel' | 'retrieve', readonly id: number }
  | { readonly do: 'list', readonly query: ListQuery }
  | { readonly do: 'together', readonly verbs: readonly Verb[] }

/** @param tokens every token that each task ever had, in their order */
export function verbOf (step: Step, world: World, tokens: ReadonlyMap<number, readonly string[]>): Verb {
  switch (step.do) {
    case 'submit': {
      const { source, timeMs, key, body } = step
      const idempotency = key === null ? {} : { idempotency: idempotencyOf(key, body) }
      return { do: step.do, submission: submissionOf(source, timeMs, idempotency) }
    }
    case 'findByKey':
      return { do: step.do, idempotency: idempotencyOf(step.key, step.body) }
    case 'report': {
      const reports = step.reports.flatMap(picked => Array.from({ length: picked.times }, () => reportOf(picked)))
      return { ...step, reports }
    }
    case 'renew':
    case 'release':
    case 'check':
      return { do: step.do, leases: step.leases.map(refOf) }
    case 'cancel':
    case 'retrieve':
      return { do: step.do, id: step.pick % (world.nextId + 1) }
    case 'together':
      return { do: step.do, verbs: step.steps.map(inner => verbOf(inner, world, tokens)) }
    case 'admit':
    case 'claim':
    case 'expire':
    case 'list':
      return step
    default:
      throw new Error(`${step.do} is no verb`)
  }

  function taskOf ({ task, among }: PickedLease): number {
    const suitable = world.expressions.flatMap(({ tasks, firstTask }) =>
      tasks.flatMap(({ state }, index) => state === among ? firstTask + index : []))
    return suitable[task % suitable.length] ?? task % (world.nextTask + 1)
  }

  function leaseOf (picked: PickedLease): string | null {
    if (picked.lease === 'none') return null
    if (picked.lease === 'foreign') return FOREIGN_TOKEN
    const all = tokens.get(taskOf(picked)) ?? []
    return (picked.lease === 'current' ? all.at(-1) : all[0]) ?? 'never issued'
  }

  function refOf (picked: PickedLease): LeaseRef {
    return { task: taskOf(picked), lease: leaseOf(picked) ?? 'none' }
  }

  function reportOf (picked: PickedReport): Report {
    const task = taskOf(picked)
    const lease = leaseOf(picked)
    switch (picked.content) {
      case 'final error':
      case 'retryable error': {
        const retryable = picked.content === 'retryable error'
        return { task, lease, error: { code: 'operation_failed', message: 'out of beads', retryable } }
      }
      case 'right':
        return { task, lease, result: rightResult(world, task) }
      case 'zero':
        return { task, lease, result: -0 }
      case 'huge':
        return { task, lease, result: 1.7e308 }
    }
  }
}

/** Calls the store; answers in the form of the model. */
export async function call (store: Store, verb: Verb): Promise<unknown> {
  switch (verb.do) {
    case 'submit':
      return refusable(store.submit(verb.submission))
    case 'admit':
      return refusable(store.admit({ source: '', operations: verb.operations }).then(() => null))
    case 'findByKey':
      return refusable(store.findByKey(verb.idempotency))
    case 'claim':
      return store.claim(verb.claim)
    case 'report':
      return verb.next === null
        ? { outcomes: await store.report(verb.reports), claimed: [] }
        : await store.reportAndClaim(verb.reports, verb.next)
    case 'renew':
    case 'release':
    case 'check':
      return store[verb.do](verb.leases)
    case 'expire':
      return store.expire()
    case 'cancel':
    case 'retrieve':
      return store[verb.do](verb.id)
    case 'list':
      return (await store.list(verb.query)).map(({ id }) => id)
    case 'together':
      return Promise.all(verb.verbs.map(inner => call(store, inner)))
  }
}

async function refusable (answer: Promise<{ readonly id: number } | null>): Promise<unknown> {
  try {
    const expression = await answer
    return expression === null ? null : { id: expression.id }
  } catch (error) {
    if (error instanceof DomainError && error.code !== 'storage_unavailable') return { refused: error.code }
    throw error
  }
}

function idempotencyOf (key: number, body: number): Idempotency {
  return { key: `key ${key}`, fingerprint: `body ${body}` }
}

/** The result that the operation has with its present operands; 7 where they are not known. */
function rightResult (world: World, id: number): number {
  for (const { firstTask, plan, tasks } of world.expressions) {
    const operation = plan.operations.at(id - firstTask)
    if (operation === undefined) continue
    const value = (operand: typeof operation.left): number =>
      typeof operand === 'number' ? operand : tasks[operand.of]!.value ?? 7
    const result = OPERATIONS.get(operation.symbol)!.compute(value(operation.left), value(operation.right))
    return Number.isFinite(result) ? result : 7
  }
  return 7
}
