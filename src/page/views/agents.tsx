import type { Agent, AgentTask, ListUpdate } from '../../client/index.js'
import { linkTo } from '../live/address.js'
import type { FeedState } from '../live/feed.js'
import { CurlCommand } from '../parts/curl-command.js'
import { type Column, DataRow, DataTable } from '../parts/data-table.js'
import { useFrames } from '../parts/use-frames.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration, sign } from '../text/format.js'
import { FRAME } from '../text/frame.js'
import { useLanguage, useTexts } from '../text/language.js'
import { LISTS } from '../text/lists.js'
import { PARTS } from '../text/parts.js'

/** Tasks of an agent that are listed; it may hold a thousand. */
const MAX_TASKS = 8

/** The agents: what each does, and since when. */
export function AgentsView ({ feed }: { feed: FeedState<ListUpdate> | null }) {
  const texts = useTexts(LISTS)
  const language = useLanguage()
  const { agents: heading } = useTexts(FRAME)
  const { loading, columns: { agent, phase } } = useTexts(EXPRESSION)
  const { withCurl } = useTexts(PARTS)
  useFrames(true, true)
  if (feed?.update == null) return <p role='status'>{feed?.error?.message ?? loading}</p>
  const { agents, unserved } = feed.update
  const columns = [
    { name: agent, isHead: true }, { name: phase }, { name: texts.seen }, { name: texts.doing },
    { name: texts.claimed, isNumber: true }, { name: texts.completed, isNumber: true },
    { name: texts.without, isNumber: true }, { name: texts.accepts }
  ]
  return (
    <div class='list'>
      <h1>{heading}</h1>
      {unserved.map(({ operation, tasks }) => (
        <p key={operation} class='error' role='alert'>▲ {texts.unserved(operation, count(tasks, language))}</p>
      ))}
      {agents.length === 0
        ? <p class='panel'>{texts.noAgents}</p>
        : (
          <div class='panel scroll' tabIndex={0} role='region' aria-label={heading}>
            <DataTable columns={columns}>
              {agents.map(agent => (
                <Row
                  key={`${agent.name} ${agent.address}`} columns={columns} agent={agent}
                  nowMs={feed.clock.nowMs() ?? 0}
                />
              ))}
            </DataTable>
          </div>
          )}
      <p class='quiet'>{texts.without}: {texts.withoutWhy}</p>
      <CurlCommand what={withCurl} request={{ method: 'GET', path: '/api/v1/agents' }} />
    </div>
  )
}

interface RowProps {
  readonly columns: readonly Column[]
  readonly agent: Agent
  readonly nowMs: number
}

function Row ({ columns, agent, nowMs }: RowProps) {
  const texts = useTexts(LISTS)
  const language = useLanguage()
  const { name, address, state, last_seen: seen, tasks, claimed, completed, operations } = agent
  const since = (time: string): string => duration(Math.max(0, nowMs - Date.parse(time)), language)
  const without = Math.max(0, claimed - completed - tasks.length)
  return (
    <DataRow columns={columns}>
      {name ?? address}
      <span class='agent-state' data-state={state}>{texts.states[state]}</span>
      <time dateTime={seen} title={seen}>{texts.ago(since(seen))}</time>
      {tasks.length > 0 && <Tasks tasks={tasks} since={since} />}
      {count(claimed, language)}
      {count(completed, language)}
      {count(without, language)}
      {typeof operations === 'string' ? texts.acceptsAll : operations.map(sign).join(' ')}
    </DataRow>
  )
}

function Tasks ({ tasks, since }: { tasks: readonly AgentTask[], since: (time: string) => string }) {
  const texts = useTexts(LISTS)
  const language = useLanguage()
  return (
    <ul class='tasks'>
      {tasks.slice(0, MAX_TASKS).map(task => (
        <li key={task.id}>
          {texts.task(sign(task.operation))} {since(task.since)},{' '}
          <a {...linkTo({ view: 'expression', id: task.expression_id, atMs: null })}>
            {texts.of} {task.expression_id}
          </a>
        </li>
      ))}
      {tasks.length > MAX_TASKS && <li>+{count(tasks.length - MAX_TASKS, language)}</li>}
    </ul>
  )
}
