import type { FastifyReply } from 'fastify'
import type { ListedExpression } from '../../core/expression.js'
import type { Orchestrator } from '../../core/orchestrator/orchestrator.js'
import type { ListQuery } from '../../core/store.js'
import { listEntry } from '../schemas/expression.js'
import { writeJsonSlices } from './json-slices.js'

/** The list of expressions as it is sent, built once for each state of the list. */
export interface ListCache {
  /**
   * Sends what the query finds.
   *
   * @param version of the list, asked for before: what is built may be newer than it, never older, and a newer
   *   version gets its own.
   */
  send (reply: FastifyReply, query: ListQuery, version: string): Promise<void>
}

/** Different queries whose answers are kept, for the newest version only. */
const MAX_QUERIES = 8

export function createListCache (orchestrator: Pick<Orchestrator, 'expressions'>): ListCache {
  let newest = ''
  let bodies = new Map<string, Promise<Buffer>>()

  function bodyOf (query: ListQuery, version: string): Promise<Buffer> {
    if (version !== newest) {
      newest = version
      bodies = new Map()
    }
    const { limit, after, status, kind } = query
    const key = JSON.stringify([limit, after, status, kind])
    const known = bodies.get(key)
    if (known !== undefined) return known

    // One more shows whether there are more.
    const found = orchestrator.expressions(limit === undefined ? query : { ...query, limit: limit + 1 })
    const built = found.then(expressions => write(expressions, limit))
    const mine = bodies
    mine.set(key, built)
    // Whoever asks next tries again.
    built.catch(() => mine.delete(key))
    const [oldest] = mine.keys()
    if (oldest !== undefined && mine.size > MAX_QUERIES) mine.delete(oldest)
    return built
  }

  return {
    async send (reply, query, version) {
      reply.type('application/json; charset=utf-8').send(await bodyOf(query, version))
    }
  }
}

async function write (found: readonly ListedExpression[], limit = Infinity): Promise<Buffer> {
  const count = Math.min(found.length, limit)
  const entries = await writeJsonSlices(count, (start, end) => found.slice(start, end).map(listEntry))
  const next = found.length > count ? `,"next":${found[count - 1]!.id}` : ''
  // All answers share it, also those that wait for their clients.
  return Buffer.from(`{"expressions":[${entries}]${next}}`)
}
