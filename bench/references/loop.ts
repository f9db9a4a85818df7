import { Pool } from 'undici'
import type { BareReport, BareTask } from './orchestrator.js'

/**
 * The bare worker loop: loops that only claim, add and report, all in this thread, on one connection each.
 *
 * @returns tasks per second
 */
export async function runLoops (url: string, loops: number, seconds: number): Promise<number> {
  const pool = new Pool(url, { connections: loops })
  const began = performance.now()
  const until = began + seconds * 1000
  let done = 0

  async function loop (): Promise<void> {
    let report: BareReport | null = null
    while (performance.now() < until) {
      const { task } = await exchange(pool, report)
      if (report !== null) done++
      report = { id: task.id, result: task.arg1 + task.arg2 }
    }
  }

  await Promise.all(Array.from({ length: loops }, loop))
  const tookMs = performance.now() - began
  await pool.close()
  return done / tookMs * 1000
}

async function exchange (pool: Pool, report: BareReport | null): Promise<{ task: BareTask }> {
  const { statusCode, body } = await pool.request({
    method: 'POST', path: '/', headers: { 'content-type': 'application/json' }, body: JSON.stringify(report)
  })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`The bare orchestrator answered ${statusCode}: ${text}`)
  return JSON.parse(text) as { task: BareTask }
}
