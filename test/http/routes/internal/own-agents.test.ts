import { test } from 'tap'
import type { Claim } from '../../../../src/core/store.js'
import { build, submit } from '../../helper.js'

test('a claim is local when it comes with the token of the own agents, and only then', async t => {
  const own = 'a'.repeat(64)
  const claims: Claim[] = []
  const built = build(t, {
    ownToken: own,
    settings: { INTERNAL_TOKEN: 'of-the-others', INTERNAL_ALLOW: ['127.0.0.1'] },
    store: real => ({
      claim (claim) {
        claims.push(claim)
        return real.claim(claim)
      },
      reportAndClaim (reports, claim) {
        claims.push(claim)
        return real.reportAndClaim(reports, claim)
      }
    })
  })
  await submit(built.app, '1+2')
  const report = { id: 1, result: 3 }
  for (const [token, local] of [[own, true], ['of-the-others', false], [undefined, false]] as const) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    // A name grants nothing, whatever it is.
    await built.app.inject({ url: '/internal/task?agent=local', headers })
    await built.app.inject({ method: 'POST', url: '/internal/task?next=1', headers, payload: report })
    t.same(claims.splice(0).map(({ local: said = false }) => said), [local, local], String(token))
  }
})
