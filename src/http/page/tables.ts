import { isFinal, type Expression, type ListedExpression } from '../../core/expression.js'
import { operationOf } from '../../core/operations.js'
import { attemptsOf } from '../../core/queue/attempts.js'
import type { EndedAttempt } from '../../core/queue/calculation.js'
import type { Operations } from '../../core/store.js'
import { type Html, html } from '../reply/html.js'
import { timestamp } from '../schemas/common.js'

/** What the page shows in browsers without scripts. */

/** Longer texts are cut: they may have a million characters. */
const MAX_TEXT = 10_000

/** @param expressions the latest first */
export function listContent (expressions: readonly ListedExpression[], limit: number): Html {
  return html`<h1>Expressions</h1>
<p>The latest ${limit}, of all services. To see expressions being worked out, allow this page to run scripts.</p>
<div class="scroll" role="region" aria-label="Expressions" tabindex="0"><table>
<thead><tr><th scope="col">Expression</th><th scope="col">Service</th><th scope="col">Status</th>\
<th scope="col">Result</th><th scope="col">Submitted</th></tr></thead>
<tbody>
${expressions.map(({ id, kind, status, result, createdAt }) => html`<tr><th scope="row"><a href="?id=${id}">${id}</a>\
</th><td>${kind}</td><td>${status}</td><td>${result ?? ''}</td><td>${timeOf(createdAt)}</td></tr>
`)}</tbody>
</table></div>
${expressions.length === 0 ? html`<p>There are none yet.</p>` : ''}`
}

/** @param page the first operations of the expression */
export function expressionContent ({ expression, ...page }: Operations): Html {
  const { id, operations: { total, completed } } = expression
  const shown = page.tasks.length
  return html`<h1>Expression ${id}</h1>
<p><code>${shortened(expression.source)}</code></p>
<div class="scroll" role="region" aria-label="Expression" tabindex="0"><table><tbody>
${factsOf(expression).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`)}</tbody></table></div>
<h2>Operations</h2>
<p>${completed} of ${total} are completed.${shown < total ? ` The table has the first ${shown}.` : ''}\
${isFinal(expression.status) ? '' : ' Reload the page to see what has changed.'}</p>
<div class="scroll" role="region" aria-label="Operations" tabindex="0"><table>
<thead><tr><th scope="col">Operation</th><th scope="col">Calculation</th><th scope="col">State</th>\
<th scope="col">Value</th><th scope="col">Attempts</th></tr></thead>
<tbody>
${page.tasks.map((task, offset) => html`<tr><th scope="row">${page.firstTask + page.indices[offset]!}</th>\
<td>${calculationOf(page, offset)}</td><td>${task.state}</td><td>${task.value ?? ''}</td>\
<td>${attemptList(task)}</td></tr>
`)}</tbody>
</table></div>`
}

/** @param reason a sentence */
export function failureContent (title: string, reason: string): Html {
  return html`<h1>${title}</h1>
<p>${reason}</p>`
}

function factsOf (expression: Expression): Array<[name: string, value: Html | string | number]> {
  const { kind, status, result, error, createdAt, startedAt, finishedAt, effort } = expression
  return [
    ['Service', kind],
    ['Status', status],
    ['Result', result ?? ''],
    ...error === null ? [] : [['Error', error.message] as [string, string]],
    ['Submitted', timeOf(createdAt)],
    ...startedAt === null ? [] : [['Started', timeOf(startedAt)] as [string, Html]],
    ...finishedAt === null ? [] : [['Finished', timeOf(finishedAt)] as [string, Html]],
    ['Work', `${effort.workMs / 1000} s`],
    ['Span', `${effort.spanMs / 1000} s`]
  ]
}

/** The symbol and the operands: numbers, or the operations that compute them. */
function calculationOf ({ firstTask, operations, operands }: Omit<Operations, 'expression'>, offset: number): string {
  const { symbol, left, right } = operations[offset]!
  const written = [left, right].slice(0, operationOf(symbol).arity)
    .map((operand, side) => operands[offset]![side] ??
      (typeof operand === 'number' ? operand : `[${firstTask + operand.of}]`))
  return /^\w/.test(symbol) ? `${symbol}(${written.join(', ')})` : written.join(` ${symbol} `)
}

type ShownAttempt = Pick<EndedAttempt, 'attempt' | 'agent' | 'claimedAt' | 'message'> & {
  readonly endedAt: number | null
  readonly outcome: string | null
}

function attemptList (task: Operations['tasks'][number]): Html | string {
  const { own, earlier } = attemptsOf(task)
  const { agent, claimedAt } = task
  const all: ShownAttempt[] = [...earlier, ...own === null ? [] : [{ ...own, agent, claimedAt }]]
  if (all.length === 0) return ''
  return html`<ol>${all.map(({ attempt, agent, claimedAt, endedAt, outcome, message }) => html`<li value="${attempt}">\
${outcome ?? 'open'}, ${agent ?? 'an agent without a name'}\
${claimedAt === null ? '' : html`, from ${timeOf(claimedAt)}`}${endedAt === null ? '' : html` to ${timeOf(endedAt)}`}\
${message === undefined ? '' : `: ${message}`}</li>`)}</ol>`
}

function timeOf (ms: number): Html {
  const text = timestamp(ms)
  return html`<time datetime="${text}">${text.replace('T', ' ')}</time>`
}

function shortened (text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)} …`
}
