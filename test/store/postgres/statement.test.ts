import { test } from 'tap'
import { createConnections } from '../../../src/store/postgres/connections.js'
import { float, integer, nullable, text } from '../../../src/store/postgres/fields.js'
import { call, render, statement } from '../../../src/store/postgres/statement.js'
import { startServer } from './server.js'

const NOW = { at: null, tick: null }

test('values are rendered in the order of the declared parameters', t => {
  const both = statement('both', { one: 'text', other: 'float8[]' }, {}, 'SELECT $other, $one')
  t.equal(render(call(both, { other: [1, null, -0], one: "it's \\ \0" }), NOW),
    "EXECUTE \"both\" ( E'it''s \\\\ \uFFFD', '{1,NULL,0}', NULL, NULL)")
  t.equal(both.prepare, 'PREPARE "both" (text, float8[], float8, float8) AS SELECT $2, $1')
  t.throws(() => statement('none', {}, {}, 'SELECT $missing'), /no parameter missing/)
  t.end()
})

test('rows that differ from their declaration are refused, and the connection stays in use', async t => {
  const url = await (await startServer()).createDatabase()
  const { run, row, rows, close } = createConnections({ url, max: 1, onFault: () => {}, time: null })
  const right = statement('right', { value: 'float8' }, { value: float, name: nullable(text) }, `
    SELECT $value AS value, NULL::text AS name`)
  const wrong = statement('wrong', {}, { value: integer }, 'SELECT generate_series(1, 2)::text AS value')
  const none = statement('none', {}, { value: integer }, 'SELECT 1 AS value WHERE false')
  t.same(await run([call(right, { value: 0.5 }), call(none, {})]), [[{ value: 0.5, name: null }], []])
  t.same(await row(call(right, { value: 1e300 })), { value: 1e300, name: null })
  t.same(await rows(call(none, {})), [])
  const refused: Array<() => Promise<unknown>> = [
    () => rows(call(wrong, {})), () => run([call(none, {}), call(wrong, {})]), () => row(call(none, {}))
  ]
  for (const act of refused) await t.rejects(act, { name: 'TypeError', message: /Rows of .* are not as declared/ })
  t.same(await row(call(right, { value: 2 })), { value: 2, name: null })
  await close()
})
