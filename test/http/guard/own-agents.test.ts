import { test } from 'tap'
import { createOwnCheck } from '../../../src/http/guard/own-agents.js'

const TOKEN = 'of-this-process'
const shows = (...values: string[]) => ({ rawHeaders: values.flatMap(value => ['Authorization', value]) })

test('an own agent shows the token of the process, once and whole', async t => {
  const isOwn = createOwnCheck(TOKEN)
  t.equal(isOwn(shows(`Bearer ${TOKEN}`)), true)
  for (const values of [
    [], [TOKEN], [`Bearer ${TOKEN}x`], ['Bearer of-that-process'], [`Basic ${TOKEN}`], ['Bearer öf-this-process'],
    [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`], [`Bearer ${TOKEN}`, 'Bearer other'], ['Bearer other', `Bearer ${TOKEN}`]
  ]) t.equal(isOwn(shows(...values)), false, JSON.stringify(values))
})

test('a process without a token has no own agents', async t => {
  const isOwn = createOwnCheck()
  for (const values of [[], ['Bearer '], ['Bearer undefined']]) t.equal(isOwn(shows(...values)), false)
})
