import type { Expression, ListedExpression } from '../../src/core/expression.js'
import type { OperationStates, Store } from '../../src/core/store.js'

/** An operation of the plan with its task, as a follower knows it. */
export interface KnownOperation {
  readonly operation: OperationStates['operations'][number]
  readonly task: OperationStates['tasks'][number]
  readonly operands: OperationStates['operands'][number]
}

/** What `find` shows and changes report: `updatedAt` is not a change by itself. */
export type KnownExpression = Omit<Expression, 'updatedAt'>

export function knownExpression ({ updatedAt, ...known }: Expression): KnownExpression {
  return known
}

export function knownOperations ({ operations, tasks, operands }: OperationStates): KnownOperation[] {
  return tasks.map((task, index) => ({ operation: operations[index]!, task, operands: operands[index]! }))
}

/** A follower of an expression's changes, which applies what it gets and nothing else. */
export function createFollower (id: number, limit: number) {
  let cursor: string | null = null
  let expression: KnownExpression | null = null
  const operations = new Map<number, KnownOperation>()
  let starts = 0

  return {
    id,

    /** Reads once. Returns whether nothing is left to read; true for an unknown id. */
    async read (store: Pick<Store, 'changesOf'>): Promise<boolean> {
      const changes = await store.changesOf(id, cursor, limit)
      if (changes === null) return true
      const { indices } = changes.operations
      if (indices.length > limit) throw new Error(`${indices.length} operations instead of at most ${limit}`)
      if (changes.isStart) {
        starts++
        expression = null
        operations.clear()
      }
      if (changes.expression !== null) expression = knownExpression(changes.expression)
      else if (indices.length > 0) throw new Error('operations have changed without the expression')
      knownOperations(changes.operations).forEach((known, index) => operations.set(indices[index]!, known))
      cursor = changes.cursor
      return changes.isComplete
    },

    /** Reads until nothing is left. */
    async catchUp (store: Pick<Store, 'changesOf'>): Promise<void> {
      while (!await this.read(store));
    },

    /** Continues elsewhere. */
    goTo (other: string | null): void {
      cursor = other
    },

    get cursor () {
      return cursor
    },

    get starts () {
      return starts
    },

    get expression () {
      return expression
    },

    /** In the order of the plan. */
    get operations () {
      return [...operations].sort(([one], [other]) => one - other).map(([, known]) => known)
    }
  }
}

/** A follower of the list's changes. */
export function createListFollower (limit: number) {
  let cursor: string | null = null
  const entries = new Map<number, ListedExpression>()
  let starts = 0

  return {
    /** Reads once. Returns whether nothing is left to read. */
    async read (store: Pick<Store, 'listChanges'>): Promise<boolean> {
      const { isStart, isComplete, expressions, deleted, ...next } = await store.listChanges(cursor, limit)
      if (expressions.length + deleted.length > limit) throw new Error(`more than ${limit} entries`)
      if (isStart) {
        starts++
        entries.clear()
      }
      for (const entry of expressions) entries.set(entry.id, entry)
      for (const id of deleted) entries.delete(id)
      cursor = next.cursor
      return isComplete
    },

    async catchUp (store: Pick<Store, 'listChanges'>): Promise<void> {
      while (!await this.read(store));
    },

    goTo (other: string | null): void {
      cursor = other
    },

    get cursor () {
      return cursor
    },

    get starts () {
      return starts
    },

    /** In the order of their ids. */
    get entries () {
      return [...entries.values()].sort((one, other) => one.id - other.id)
    }
  }
}
