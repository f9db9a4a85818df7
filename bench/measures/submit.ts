import { createClient } from '../client.js'
import type { LoadResult } from '../load.js'
import type { Bench, Measure } from '../measure.js'
import { scaled } from '../options.js'
import { launchReference, launchServer, runScript } from '../server.js'
import { figure, inTurn, ratioOf } from '../statistics.js'
import { type Entry, atLeast } from '../table.js'
import { SHORT } from '../workload.js'

const CONNECTIONS = 100

const BODY = JSON.stringify({ expression: SHORT.source })

export const submit: Measure = {
  name: 'submit',
  about: 'acknowledged submits per second, durable, beside a bare Fastify with the same schema',

  async run ({ options, folder }: Bench): Promise<Entry[]> {
    const count = scaled(options, 40_000)
    const { longhand, fastify } = await inTurn(options.runs, {
      async longhand () {
        const server = await launchServer({ folder: await folder('submit'), power: 0 })
        const { perSecond, answered } = await load(server.url, count)
        const client = createClient(server.url)
        // Exactly these are stored.
        const [last, ...others] = await client.list(answered - 1, 2)
        if (last?.id !== answered || others.length > 0) throw new Error(`Not exactly ${answered} submits are stored`)
        await client.close()
        await server.stop('SIGKILL')
        return perSecond
      },
      async fastify () {
        const server = await launchReference('references/fastify.js')
        const { perSecond } = await load(server.url, count)
        await server.stop('SIGKILL')
        return perSecond
      }
    })
    const ratio = ratioOf(longhand, fastify)
    return [{
      what: `POST /api/v1/calculate ${SHORT.source}, durable, ${CONNECTIONS} connections`,
      measured: figure(longhand, 'req/s'),
      reference: { what: 'bare Fastify POST', figure: figure(fastify, 'req/s') },
      ratio,
      target: atLeast(ratio, 0.7)
    }]
  }
}

/** Runs the load in a process of its own, after a quarter of it as a warm-up. */
async function load (url: string, count: number): Promise<LoadResult> {
  const warmUp = Math.ceil(count / 4)
  const printed = await runScript('load.js', [`${url}/api/v1/calculate`, BODY, CONNECTIONS, warmUp, count].map(String))
  return JSON.parse(printed) as LoadResult
}
