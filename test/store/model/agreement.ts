import { isDeepStrictEqual } from 'node:util'
import { DomainError } from '../../../src/core/errors.js'
import { isFinalTaskState } from '../../../src/core/queue/calculation.js'
import type { Claim, ClaimedTask, Report, Reported, Store, StoreRules } from '../../../src/core/store.js'
import type { ManualClock } from '../../manual-clock.js'
import { FOREIGN_TOKEN, createModel } from './model.js'
import { createFollowers } from './followers.js'
import { type Picture, pictureOfModel, pictureOfStore, same } from './picture.js'
import type { Crash, Step } from './steps.js'
import { type Verb, call, verbOf } from './verbs.js'
import { createWatcher } from './watcher.js'
import { type World, copyWorld } from './world.js'

/** A store under test, and what can be done to its process. */
export interface Subject {
  readonly store: Store
  /** Absent for a store that a restart empties. */
  readonly process?: {
    restart (): Promise<Store>
    /** The process dies after this number of further disk steps; fulfilled then. */
    die (steps: number, share: number): Promise<void>
    /** The next process, with what the present one, which dies now, leaves. */
    crash (how: 'kill' | 'power', seed: number): Promise<Store>
    /** Writes fail from now on, after so many bytes; the answer ends that. */
    fail (written: number): () => void
    /** Fulfilled when the store serves again. */
    repaired (): Promise<void>
  }
}

/** The answer to a step; null when there was none. */
type Answered = { readonly is: unknown } | null

/** The lease of a claim that was not answered because the process died. */
const UNKNOWN_TOKEN = 'unknown token'

/**
 * Does the steps with a store and with the model. After each step it compares the answers, all that can be seen, and
 * the deadline that a watcher knows, and what followers of changes know. Throws at the first difference.
 *
 * @param count is called with everything that happens, so that a test can check that enough did
 */
export async function agrees (
  subject: Subject, clock: ManualClock, rules: StoreRules, list: readonly Step[], count: (what: string) => void
): Promise<void> {
  const model = createModel(clock, rules)
  const watcher = createWatcher(clock)
  const followers = createFollowers()
  let store = subject.store
  watcher.watch(store, Infinity)
  /** What a power loss may leave: the world after the last durable change, and after each claim since. */
  let survivors: World[] = [copyWorld(model.world)]
  /** Every token that each task ever had. */
  const tokens = new Map<number, string[]>()
  let isCertain = true

  for (const [index, step] of list.entries()) {
    try {
      await take(step)
      same(await pictureOfStore(store), pictureOfModel(model), 'what can be seen')
      watcher.check(model.nextDeadlineAt())
      await followers.afterStep(store)
    } catch (error) {
      throw new Error(`step ${index}, ${JSON.stringify(step)}: ${(error as Error).message}`, { cause: error })
    }
    if (!isCertain) return count('ended early')
  }
  await followers.atEnd(store)

  async function take (step: Step): Promise<void> {
    count(step.do)
    if (step.do === 'advance') clock.advance(step.ms)
    else if (step.do === 'jump') clock.jump(step.ms)
    else if (step.do === 'restart') await restart()
    else if (step.do === 'crash') await crash(step)
    else if (step.do === 'fault') await fault(step)
    else await follow(verbOf(step, model.world, tokens))
  }

  /** Calls the store, unless it has answered already, and lets the model do the same. */
  async function follow (verb: Verb, earlier: Answered = null): Promise<void> {
    const answered = earlier ?? { is: await watcher.follow(verb, () => call(store, verb)) }
    const { durableChanges, claims } = model.world
    const expected = expect(verb, answered)
    same(answered.is, expected, 'the answer')
    if (model.world.durableChanges > durableChanges) survivors = []
    if (survivors.length === 0 || model.world.claims > claims) survivors.push(copyWorld(model.world))
  }

  async function restart (): Promise<void> {
    store = await subject.process!.restart()
    watcher.watch(store, -Infinity)
    model.stop()
    model.restart()
    survivors = [copyWorld(model.world)]
  }

  async function crash ({ how, during, after, share, seed }: Crash): Promise<void> {
    const verb = verbOf(during, model.world, tokens)
    const died = subject.process!.die(after, share).then(() => null)
    const answered = await Promise.race([call(store, verb).then(is => ({ is })), died])
    if (answered !== null) await follow(verb, answered)
    const possible = how === 'kill' ? [copyWorld(model.world)] : survivors
    if (answered === null) {
      count(`${how} during ${verb.do}`)
      expect(verb, null)
      possible.push(model.world)
    }
    store = await subject.process!.crash(how, seed)
    watcher.watch(store, -Infinity)
    const seen = await pictureOfStore(store)
    const pictures: Picture[] = []
    const found = possible.flatMap((world, index) => {
      model.world = copyWorld(world)
      model.restart()
      adoptTokens(model.world, seen)
      pictures.push(pictureOfModel(model))
      return isDeepStrictEqual(pictures.at(-1), seen) ? { index, world: model.world } : []
    })
    if (found.length === 0) {
      throw new Error(`after the crash:\n  ${JSON.stringify(seen)}\nexpected one of\n  ${JSON.stringify(pictures)}`)
    }
    if (possible.length > 1) count(`${how} left ${found[0]!.index === possible.length - 1 ? 'all' : 'less'}`)
    model.world = found[0]!.world
    survivors = [copyWorld(model.world)]
    // The time that a calculation has spent cannot be seen: the history ends where it may be one or the other.
    isCertain = found.every(({ world }) => isDeepStrictEqual(spentTimes(world), spentTimes(model.world)))
  }

  async function fault ({ during, written }: Step & { do: 'fault' }): Promise<void> {
    const before = copyWorld(model.world)
    const verb = verbOf(during, model.world, tokens)
    const mend = subject.process!.fail(written)
    const answered: Answered = await call(store, verb).then(is => ({ is }), error => {
      if (error instanceof DomainError && error.code === 'storage_unavailable') return null
      throw error
    })
    mend()
    if (answered !== null) return await follow(verb, answered)
    count('refused')
    await subject.process!.repaired()
    model.world = before
    model.restart('alive')
    survivors = [copyWorld(model.world)]
  }

  /** What the answer must be; the tokens, which only the store decides, are taken from its answer. */
  function expect (verb: Verb, answered: Answered): unknown {
    switch (verb.do) {
      case 'submit':
        return model.submit(verb.submission)
      case 'admit':
        return model.admit({ source: '', operations: verb.operations })
      case 'findByKey':
        return model.findByKey(verb.idempotency)
      case 'claim':
        return claimed(verb.claim, answered?.is as ClaimedTask[] | undefined)
      case 'report': {
        const outcomes = verb.reports.map(reported)
        if (verb.next === null) return { outcomes, claimed: [] }
        return { outcomes, claimed: claimed(verb.next, (answered?.is as Reported | undefined)?.claimed) }
      }
      case 'renew':
      case 'release':
      case 'check':
        return verb.leases.map(lease => counted(verb.do, model[verb.do](lease)))
      case 'expire':
        return model.expire()
      case 'cancel':
      case 'retrieve':
        return counted(verb.do, model[verb.do](verb.id))
      case 'list':
        return model.list(verb.query).map(({ id }) => id)
      case 'together': {
        const all = answered?.is as unknown[] | undefined
        return verb.verbs.map((inner, index) => expect(inner, all === undefined ? null : { is: all[index] }))
      }
    }
  }

  function counted<Outcome> (what: string, outcome: Outcome): Outcome {
    count(`${what}: ${outcome}`)
    return outcome
  }

  function reported (report: Report): unknown {
    const task = model.findTask(report.task)?.task
    const state = task?.state
    if (state === 'ready' || state === 'leased') {
      if (task?.ended.some(({ lease }) => lease === report.lease)) count(`report of an ended attempt, ${state}`)
    }
    const token = report.lease === null ? ' without a token' : report.lease === FOREIGN_TOKEN ? ' of another store' : ''
    if (!('error' in report)) {
      const late = state === 'overdue' ? 'late ' : state !== undefined && isFinalTaskState(state) ? 'second ' : ''
      return counted(`${late}result${token}`, model.report(report))
    }
    return counted(`${report.error.retryable ? 'retryable' : 'final'} error${token}`, model.report(report))
  }

  /** The tasks that must be claimed, with the leases that the store has granted. */
  function claimed (claim: Claim, given: readonly ClaimedTask[] | undefined): unknown[] {
    const tasks = model.claim(claim, index => given?.[index]?.lease ?? UNKNOWN_TOKEN)
    if (given === undefined) return []
    return tasks.map((task, index) => {
      const lease = given[index]?.lease ?? UNKNOWN_TOKEN
      if ([...tokens.values()].some(all => all.includes(lease))) throw new Error(`the token ${lease} was issued before`)
      tokens.set(task.id, [...tokens.get(task.id) ?? [], lease])
      count('claimed')
      return { ...task, lease }
    })
  }
}

function spentTimes ({ expressions }: World): number[] {
  return expressions.map(({ spentMs }) => spentMs)
}

/** A claim that was not answered has the token that the store shows. */
function adoptTokens (world: World, seen: Picture): void {
  for (const [place, { tasks }] of world.expressions.entries()) {
    for (const [index, task] of tasks.entries()) {
      const shown = seen.expressions[place]?.tasks[index]
      if (task.lease === UNKNOWN_TOKEN) task.lease = shown?.lease ?? UNKNOWN_TOKEN
      task.ended = task.ended.map((attempt, order) => {
        const lease = attempt.lease === UNKNOWN_TOKEN ? shown?.endedAttempts?.[order]?.lease : undefined
        return lease === undefined ? attempt : { ...attempt, lease }
      })
    }
  }
}
