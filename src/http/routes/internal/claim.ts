import { BASIC_SYMBOLS, OPERATIONS } from '../../../core/operations.js'
import type { AgentClaim } from '../../../core/orchestrator/claims.js'
import type { ClaimQuery } from '../../schemas/task.js'

/** How many spellings of `?operations=` are remembered; agents of one kind all send the same. */
const REMEMBERED_LISTS = 100

/**
 * Reads what an agent asks for; one that says nothing gets one task of the four basic operations.
 *
 * @returns given a query, and whether its agent runs in this process, the claim
 */
export function createClaimReader (): (query: ClaimQuery, local: boolean) => AgentClaim {
  const symbolsOf = createSymbolReader()
  return ({ agent = null, instance, operations, max = 1, max_ms: batchMs }, local) => ({
    agent,
    symbols: operations === undefined ? BASIC_SYMBOLS : symbolsOf(operations),
    max,
    ...local ? { local } : {},
    ...instance === undefined ? {} : { instance },
    ...batchMs === undefined ? {} : { batchMs }
  })
}

/** Reads `?operations=`: names that the table does not have are passed over. */
function createSymbolReader (): (list: string) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return list => {
    const remembered = known.get(list)
    if (remembered !== undefined) return remembered
    // A plus that is not escaped reads as a space in a query.
    const symbols = list.split(',').map(name => name === ' ' ? '+' : name.trim()).filter(name => OPERATIONS.has(name))
    if (known.size < REMEMBERED_LISTS) known.set(list, symbols)
    return symbols
  }
}
