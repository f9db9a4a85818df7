import { test } from 'tap'
import { newIssuer, createLeaseTokens } from '../../src/store/lease-tokens.js'

test('no two tokens are equal, in one process life or in several', async t => {
  const tokens = new Set<string>()
  for (let life = 0; life < 20; life++) {
    const next = createLeaseTokens()
    for (let count = 0; count < 500; count++) tokens.add(next())
  }
  t.equal(tokens.size, 20 * 500)
})

test('a token can stand in a URL, a header and JSON as it is', async t => {
  const next = createLeaseTokens()
  const tokens = Array.from({ length: 100 }, next)
  t.same(tokens.filter(token => !/^[\w-]{12}\.[0-9a-z]+$/.test(token)), [])
})

test('the tokens of one process life have their beginning in common', async t => {
  const [one, other] = [createLeaseTokens(), createLeaseTokens()]
  const beginning = (token: string) => token.split('.')[0]
  t.equal(beginning(one()), beginning(one()))
  t.not(beginning(one()), beginning(other()))
})

test('no two stores have one name, and it can stand before a token', async t => {
  const names = Array.from({ length: 1_000 }, newIssuer)
  t.equal(new Set(names).size, names.length)
  t.same(names.filter(name => !/^[\w-]{12}$/.test(name)), [])
})
