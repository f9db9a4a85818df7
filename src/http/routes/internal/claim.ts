import { BASIC_SYMBOLS, OPERATIONS } from '../../../core/operations.js'
import type { AgentClaim } from '../../../core/orchestrator/claims.js'
import type { ClaimQuery } from '../../schemas/task.js'

/** How many values of `?operations=` are cached; agents of one kind all send the same. */
const MAX_CACHED_LISTS = 100

/**
 * Makes the function that turns a query into a claim: by default of one task of the four basic operations. `local` says
 * that the agent runs in this process.
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

/** Reads `?operations=`; unknown names are ignored. */
function createSymbolReader (): (list: string) => readonly string[] {
  const cache = new Map<string, readonly string[]>()
  return list => {
    const cached = cache.get(list)
    if (cached !== undefined) return cached
    // An unescaped plus in a query is read as a space.
    const symbols = list.split(',').map(name => name === ' ' ? '+' : name.trim()).filter(name => OPERATIONS.has(name))
    if (cache.size < MAX_CACHED_LISTS) cache.set(list, symbols)
    return symbols
  }
}
