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
  const all: Attempt[] = []
  for (const operation of operations) all.push(...attemptsOf(operation))
  all.sort((one, other) => one.fromMs - other.fromMs || one.operation - other.operation || one.number - other.number)
  const agents = new Map<string | null, Slots>()
  for (const attempt of all) {
    let slots = agents.get(attempt.agent)
    if (slots === undefined) agents.set(attempt.agent, slots = { attempts: [], ends: [] })
    const slot = freeSlot(slots, attempt.fromMs)
    slots.ends[slot] = attempt.toMs ?? Infinity
    const taken = slots.attempts[slot]
    if (taken === undefined) slots.attempts.push([attempt])
    else taken.push(attempt)
  }
  return [...agents].flatMap(([agent, { attempts }]) =>
    attempts.map((taken, slot) => ({ agent, slot, attempts: taken })))
}

/** The slots of an agent: their attempts, and when the last of each ends. */
interface Slots {
  readonly attempts: Attempt[][]
  readonly ends: number[]
}

/** The first slot that is free at a time; a new one where none is. */
function freeSlot ({ ends }: Slots, fromMs: number): number {
  for (let slot = 0; slot < ends.length; slot++) if (ends[slot]! <= fromMs) return slot
  return ends.length
}

/** The agents of an expression, each with its place, from 0: the order in which they come in the task stream. */
export type AgentOrder = ReadonlyMap<string | null, number>

const orders = new WeakMap<readonly Lane[], AgentOrder>()

export function agentOrderOf (lanes: readonly Lane[]): AgentOrder {
  const known = orders.get(lanes)
  if (known !== undefined) return known
  const order = new Map<string | null, number>()
  for (const { agent } of lanes) if (!order.has(agent)) order.set(agent, order.size)
  orders.set(lanes, order)
  return order
}
