import { type DomainError, domainError } from '../errors.js'
import type { CallableDefinition, Infix } from '../operations.js'
import type { Limits } from './limits.js'
import { signatureOf } from './names.js'
import type { SourceRange, SyntaxNode } from './syntax.js'

/** An open construct on the stack, waiting for the value that follows it. */
export type Pending = OpenParenthesis | OpenCall | PendingSign | PendingInfix

interface OpenParenthesis extends SourceRange {
  readonly kind: 'parenthesis'
}

/** A function whose arguments are being read. Its range is that of the name. */
export interface OpenCall extends SourceRange {
  readonly kind: 'call'
  readonly definition: CallableDefinition
  readonly parenthesis: SourceRange
  /** Arguments that a comma follows. */
  count: number
}

interface PendingSign extends SourceRange {
  readonly kind: 'sign'
  readonly precedence: number
}

interface PendingInfix extends SourceRange {
  readonly kind: 'infix'
  readonly precedence: number
  readonly symbol: string
}

/**
 * The two stacks of the parser: pending constructs, and values. Reducing an operator or a call adds its node.
 *
 * @throws DomainError `expression_too_deep`, `plan_too_large`, `argument_count_wrong`
 */
export function createStacks (limits: Pick<Limits, 'syntaxDepth' | 'operations'>) {
  const nodes: SyntaxNode[] = []
  /** Indices of nodes that are not yet an operand. */
  const values: number[] = []
  const pending: Pending[] = []
  /** A lower bound of the operations in the plan. */
  let operations = 0

  function add (node: SyntaxNode): void {
    values.push(nodes.push(node) - 1)
  }

  /** Counts while parsing, so that an expression over the limit does not fill the memory first. */
  function count (more: number, { position, length }: SourceRange): void {
    operations += more
    const limit = limits.operations
    if (operations > limit) throw domainError('plan_too_large', { position, length, limit })
  }

  return {
    nodes,
    add,
    push (entry: Pending): void {
      const limit = limits.syntaxDepth
      if (pending.push(entry) <= limit) return
      throw domainError('expression_too_deep', { position: entry.position, length: entry.length, limit })
    },
    pop: (): Pending | undefined => pending.pop(),
    top: (): Pending | undefined => pending.at(-1),
    isOpen: (): boolean => pending.some(({ kind }) => kind === 'parenthesis' || kind === 'call'),
    /** Reduces the pending operators that bind tighter than the one that follows. */
    reduce ({ precedence, associativity }: Pick<Infix, 'precedence' | 'associativity'>): void {
      for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
        if (top.kind === 'parenthesis' || top.kind === 'call' || top.precedence < precedence) return
        if (top.precedence === precedence && associativity === 'right') return
        pending.pop()
        const { position, length } = top
        const right = values.pop()!
        if (top.kind === 'sign') {
          add({ kind: 'negation', operand: right, position, length })
        } else {
          count(1, top)
          add({ kind: 'operation', symbol: top.symbol, left: values.pop()!, right, position, length })
        }
      }
    },
    /** Adds a call after its last argument, which `count` does not include yet. */
    addCall (call: OpenCall): void {
      const { definition: { symbol, infix, call: { least, most, byDefault } }, position, length } = call
      const actual = call.count + 1
      if (actual < least || actual > most) throw wrongCount(call, actual)
      count(actual === 1 && (most === 1 || byDefault !== undefined) ? 1 : actual - 1, call)
      const operands = values.splice(values.length - actual)
      if (infix === undefined) add({ kind: 'call', symbol, operands, position, length })
      else add({ kind: 'operation', symbol, left: operands[0]!, right: operands[1]!, position, length })
    }
  }
}

export type Stacks = ReturnType<typeof createStacks>

export function wrongCount ({ definition, position, length }: OpenCall, actual: number): DomainError {
  const { call: { least, most } } = definition
  const counts = most === Infinity ? `${least} or more` : [...new Set([least, most])].join(' or ')
  const expected = `${counts} ${most === 1 ? 'argument' : 'arguments'}`
  return domainError('argument_count_wrong', { position, length, found: signatureOf(definition), expected, actual })
}
