import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { ManualClock } from '../manual-clock.js'
import { type Overrides, build, listen } from './helper.js'

/** An app that listens, and the address of its API. */
export async function serve (t: Test, overrides: Overrides = {}) {
  const built = build(t, overrides)
  const port = await listen(built.app)
  return { ...built, port, api: `http://127.0.0.1:${port}/api/v1` }
}

export async function report (app: FastifyInstance, { id, lease }: { id: number, lease: string }, result: number) {
  return app.inject({ method: 'POST', url: '/internal/task', payload: { id, lease, result } })
}

/** What GET says. */
export async function shown (app: FastifyInstance, id: number) {
  const { expression } = (await app.inject(`/api/v1/expressions/${id}`)).json()
  const { operations } = (await app.inject(`/api/v1/expressions/${id}/operations?limit=10000`)).json()
  return { expression, operations }
}

/** Turns the clock until the promise is fulfilled. */
export async function whileTimePasses<T> (clock: ManualClock, promise: Promise<T>): Promise<T> {
  const passing = setInterval(() => clock.advance(10), 1)
  return promise.finally(() => clearInterval(passing))
}
