import { type Attempt, type Calculation, attemptsOf } from './record.js'

/** A row of the task stream: a slot of an agent. */
export interface Lane {
  /** Null for agents without a name. */
  readonly agent: string | null
  /** From 0, within its agent. */
  readonly slot: number
  readonly attempts: readonly Attempt[]
}

/**
 * The attempts in lanes: each in the first lane of its agent that is free from its start. The lanes of an agent follow
 * one another, and agents come in the order of their first attempts. An attempt keeps its lane when later ones come,
 * as long as attempts come in the order of their starts.
 */
export function lanesOf ({ operations }: Pick<Calculation, 'operations'>): Lane[] {
  const all = operations.flatMap(attemptsOf)
    .sort((one, other) => one.fromMs - other.fromMs || one.operation - other.operation || one.number - other.number)
  const agents = new Map<string | null, Attempt[][]>()
  for (const attempt of all) {
    const slots = agents.get(attempt.agent) ?? []
    agents.set(attempt.agent, slots)
    const free = slots.find(slot => endOf(slot.at(-1)!) <= attempt.fromMs)
    if (free === undefined) slots.push([attempt])
    else free.push(attempt)
  }
  return [...agents].flatMap(([agent, slots]) => slots.map((attempts, slot) => ({ agent, slot, attempts })))
}

function endOf ({ toMs }: Attempt): number {
  return toMs ?? Infinity
}
