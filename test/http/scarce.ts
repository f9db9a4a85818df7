/** Requests what is loaded lazily while the process has no file descriptor left, and again when it has some. */
import { closeSync, openSync } from 'node:fs'
import { buildApp } from '../../src/http/app.js'
import { createOrchestrator } from '../../src/core/orchestrator/orchestrator.js'
import { DEFAULT_LIMITS } from '../../src/core/language/limits.js'
import { createRateLimit } from '../../src/core/orchestrator/rate-limit.js'
import { createLeaseTokens } from '../../src/store/lease-tokens.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { systemClock } from '../../src/system/clock.js'
import { pino } from 'pino'

const rules = {
  leaseMs: 1e4,
  attempts: 1,
  timeoutMs: null,
  retain: 1,
  retainBytes: 1e6,
  openExpressions: 1,
  openOperations: 1,
  openBytes: 1e6
}
const store = createMemoryStore({ clock: systemClock, rules, newLease: createLeaseTokens() })
const orchestrator = createOrchestrator({
  store, clock: systemClock, times: new Map(), limits: DEFAULT_LIMITS, onFault () {}
})
const app = buildApp({
  orchestrator,
  settings: { INTERNAL_ALLOW: [], ALLOWED_HOSTS: [], ALLOWED_ORIGINS: [], BODY_LIMIT_BYTES: 1024 },
  clock: systemClock,
  graceLeftMs: () => 0,
  logger: pino({ level: 'silent' }),
  version: '0.0.0-test',
  throttle: createRateLimit(systemClock)
})
// Loads what inject itself needs.
await app.inject('/health/live')

async function statuses (): Promise<number[]> {
  const answers = []
  for (const url of ['/metrics', '/openapi.json']) answers.push((await app.inject(url)).statusCode)
  return answers
}

const taken: number[] = []
try {
  for (;;) taken.push(openSync('/dev/null', 'r'))
} catch {
  // No descriptor is left.
}
const without = await statuses()
for (const descriptor of taken) closeSync(descriptor)
process.send!({ without, again: await statuses() })
await app.close()
orchestrator.close()
process.disconnect()
