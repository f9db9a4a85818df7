import { type StoreFixture, claimBy, claimOne, suiteOf, taskOf } from './conformance.js'

/** Texts that HTTP lets through, at the edges of what encodings, SQL and JSON can do. */
const TEXTS = [
  '\u0001\u001f\u007f\u0085', '\u2028\u2029', '\ufeff\ufffe\uffff', '\ud83d\ude00', '\udbff\udfff', 'e\u0301 \u00e9',
  '\\u0000 \\x00 \\0', '"\'`\\', '{"a":[null]}', '{1,NULL}', '\r\n\t ', '\u202e', '%s $1 ?'
]

/** What HTTP takes as a text is given back as it came; every store runs it. */
export function textConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('texts are given back as they came, also after a restart', async (t, { store, restart }) => {
    for (const text of TEXTS) {
      const { id } = await store.submit(taskOf(text, 0))
      const [task] = await store.claim(claimBy(text))
      const error = { code: text, message: text, retryable: false }
      const outcomes = await store.report([{ task: task!.id, lease: task!.lease, error }])
      t.same(outcomes, ['accepted'])
      t.equal((await store.report([{ task: task!.id, lease: text, result: 1 }]))[0], 'ignored')
      t.match(await store.find(id), { source: text, error: { code: text } })
    }
    const opened = fixture.durable ? await restart() : store
    for (const [index, text] of TEXTS.entries()) {
      const found = (await opened.find(index + 1))!
      t.equal(found.source, text)
      t.equal(found.error?.code, text)
      t.ok(found.error?.message.includes(text))
      t.equal((await opened.findOperations(index + 1))!.tasks[0]!.agent, text)
    }
  })

  suite('a lease that was never given out is refused, whatever its text', async (t, { store }) => {
    for (const text of TEXTS) {
      await store.submit(taskOf(text, 0))
      const task = await claimOne(store)
      const error = { code: 'x', message: 'x', retryable: true }
      t.same(await store.report([{ task: task.id, lease: text, error }]), ['superseded'])
    }
  })
}
