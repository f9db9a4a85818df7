import type { Operation } from '../../client/index.js'
import type { Moment } from '../model/moment.js'
import { type Calculation, completionOf, operationWith } from '../model/record.js'
import { shortNumber, sign } from '../text/format.js'
import type { PictureTexts } from '../text/picture.js'

/** An operation as it is written, such as `3 × 7` or `sin(2)`; a dot for an operand that is not known at the moment. */
export function formulaOf (calculation: Calculation, operation: Operation, atMs: number): string {
  const operands = operation.sources.map((source, index) => {
    if (source === null) return writeOperand(operation.operands[index])
    const taken = operationWith(calculation, source)
    const completedMs = taken === undefined ? null : completionOf(taken)
    const isKnown = completedMs !== null && completedMs <= atMs
    return isKnown && taken?.value != null ? shortNumber(taken.value) : '·'
  })
  const isInfix = operands.length === 2 && !/\w/.test(operation.operation)
  return isInfix
    ? operands.join(` ${sign(operation.operation)} `)
    : `${operation.operation}(${operands.join(', ')})`
}

function writeOperand (operand: Operation['operands'][number] | undefined): string {
  return typeof operand === 'number' ? shortNumber(operand) : '·'
}

/** The phase in words, and of an attempt which and whose it is. */
export function phaseText ({ phase, lost, attempt, value }: Moment, texts: PictureTexts): string {
  const words = [texts.phases[phase === 'running' && lost > 0 ? 'retried' : phase]]
  if (value !== null) words.push(texts.gives(String(value)))
  if (attempt !== null && (phase === 'running' || phase === 'completed')) {
    if (attempt.number > 1) words.push(texts.attempt(attempt.number))
    words.push(texts.by(attempt.agent ?? texts.unnamed))
  }
  return words.join(', ')
}

/** The name of an operation for screen readers and as a tip. */
export function labelOf (
  calculation: Calculation, operation: Operation, moment: Moment, atMs: number, texts: PictureTexts
): string {
  return `#${operation.id} ${formulaOf(calculation, operation, atMs)}: ${phaseText(moment, texts)}`
}
