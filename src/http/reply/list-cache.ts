import type { FastifyReply } from 'fastify'
import type { ListedExpression } from '../../core/expression.js'
import type { Orchestrator } from '../../core/orchestrator/orchestrator.js'
import type { ListQuery } from '../../core/store.js'
import { listEntry } from '../schemas/expression.js'
import { writeJsonSlices } from './json-slices.js'

/** How many different queries have their response cached, for the newest version only. */
const MAX_QUERIES = 8

/** Caches the serialised lists of expressions, each built once for each version of the list. */
export function createListCache (orchestrator: Pick<Orchestrator, 'expressions'>) {
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

    // One more than the limit shows whether there is a next page.
    const found = orchestrator.expressions(limit === undefined ? query : { ...query, limit: limit + 1 })
    const built = found.then(expressions => write(expressions, limit))
    const current = bodies
    current.set(key, built)
    // The next request retries.
    built.catch(() => current.delete(key))
    const [oldest] = current.keys()
    if (oldest !== undefined && current.size > MAX_QUERIES) current.delete(oldest)
    return built
  }

  return {
    /**
     * Sends the result of the query.
     *
     * @param version of the list, read before: the response may be newer, never older
     */
    async send (reply: FastifyReply, query: ListQuery, version: string): Promise<void> {
      reply.type('application/json; charset=utf-8').send(await bodyOf(query, version))
    }
  }
}

async function write (found: readonly ListedExpression[], limit = Infinity): Promise<Buffer> {
  const count = Math.min(found.length, limit)
  const entries = await writeJsonSlices(count, (start, end) => found.slice(start, end).map(listEntry))
  const next = found.length > count ? `,"next":${found[count - 1]!.id}` : ''
  // A buffer, which all responses share while they are sent.
  return Buffer.from(`{"expressions":[${entries}]${next}}`)
}
