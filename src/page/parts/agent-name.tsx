import type { AgentOrder } from '../model/lanes.js'
import { useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { Swatch } from './swatch.js'

/** An agent as the task stream names it too. */
export function AgentName ({ agent, agents }: { agent: string | null, agents: AgentOrder }) {
  const { unnamed } = useTexts(PICTURE)
  return (
    <span class='agent-name'>
      <svg width={SIZE} height={SIZE} viewBox={`${-SIZE / 2} ${-SIZE / 2} ${SIZE} ${SIZE}`} aria-hidden='true'>
        <Swatch place={agents.get(agent) ?? 0} size={SIZE} />
      </svg>
      {agent ?? unnamed}
    </span>
  )
}

/** In px. */
const SIZE = 12
