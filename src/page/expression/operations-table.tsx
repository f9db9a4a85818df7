import type { AgentOrder } from '../model/lanes.js'
import { someOperations } from '../model/many.js'
import { momentOf } from '../model/moment.js'
import { type Calculation, attemptsOf } from '../model/record.js'
import { AgentName } from '../parts/agent-name.js'
import { DataRow, DataTable } from '../parts/data-table.js'
import { useGrowing } from '../parts/use-growing.js'
import { useMedia } from '../parts/use-media.js'
import { formulaOf } from '../picture/describe.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'

/** Rows that are shown; each costs a browser about 0.1 ms. */
const MAX_ROWS = 100
/** A phone shows each as a card, and the list does not scroll by itself. */
const MAX_CARDS = 30
const ROWS_A_FRAME = 25

const NUMBER = { isNumber: true }

const COLUMNS = [
  ['id', NUMBER], ['operation', { isCode: true }], ['phase', {}], ['value', { isNumber: true, isCode: true }],
  ['agent', {}], ['from', NUMBER], ['took', NUMBER], ['attempts', {}]
] as const

interface OperationsTableProps {
  readonly calculation: Calculation
  readonly agents: AgentOrder
  readonly atMs: number
  readonly lit: number | null
  readonly onLight: (id: number | null) => void
}

/** What the pictures show, as text. */
export function OperationsTable ({ calculation, agents, atMs, lit, onLight }: OperationsTableProps) {
  const texts = useTexts(EXPRESSION)
  const { phases, outcomes, unnamed } = useTexts(PICTURE)
  const language = useLanguage()
  const { operations, createdMs, finishedMs } = calculation
  const most = useMedia('(max-width: 600px)') ? MAX_CARDS : MAX_ROWS
  const shown = someOperations(calculation, most).slice(0, useGrowing(Math.min(most, operations.length), ROWS_A_FRAME))
  const columns = COLUMNS.map(([name, kind]) => ({ name: texts.columns[name], ...kind }))
  return (
    <section class='operations panel'>
      <h2>{texts.operations}</h2>
      <div class='scroll' tabIndex={0} role='region' aria-label={texts.operations}>
        <DataTable columns={columns}>
          {shown.map(operation => {
            const { phase, attempt, lost, value } = momentOf(calculation, operation, atMs)
            const endMs = attempt === null ? null : Math.min(attempt.toMs ?? atMs, atMs)
            const others = attemptsOf(operation)
              .filter(({ toMs, outcome }) => toMs !== null && toMs <= atMs && outcome !== 'completed')
              .map(({ number, agent, outcome }) => `${number}: ${outcomes[outcome ?? '']} (${agent ?? unnamed})`)
            return (
              <DataRow
                key={operation.id} columns={columns} data-lit={operation.id === lit ? '' : undefined}
                onMouseEnter={() => onLight(operation.id)} onMouseLeave={() => onLight(null)}
              >
                {operation.id}
                {formulaOf(calculation, operation, atMs)}
                <span class='phase' data-phase={phase}>
                  {phases[phase === 'running' && lost > 0 ? 'retried' : phase]}
                </span>
                {value}
                {attempt !== null && <AgentName agent={attempt.agent} agents={agents} />}
                {attempt !== null && duration(attempt.fromMs - createdMs, language)}
                {attempt !== null && endMs !== null && duration(endMs - attempt.fromMs, language)}
                {others.length > 0 && others.join('; ')}
              </DataRow>
            )
          })}
        </DataTable>
      </div>
      {operations.length > most && (
        <p class='quiet'>
          {texts[finishedMs === null ? 'activeOf' : 'firstOf'](
            count(most, language), count(operations.length, language)
          )}
        </p>
      )}
    </section>
  )
}
