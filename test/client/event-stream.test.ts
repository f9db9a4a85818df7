import fc from 'fast-check'
import { test } from 'tap'
import { type StreamEvent, createEventStreamParser } from '../../src/client/event-stream.js'

/** The events of a stream that comes in these pieces. */
function eventsIn (...pieces: ReadonlyArray<string | Uint8Array>): StreamEvent[] {
  const parser = createEventStreamParser()
  return pieces.flatMap(piece => parser.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece))
}

function event (data: string, type = 'message', lastEventId = ''): StreamEvent {
  return { type, data, lastEventId }
}

test('the examples of the WHATWG standard', async t => {
  t.same(eventsIn('data: YHOO\ndata: +2\ndata: 10\n\n'), [event('YHOO\n+2\n10')])
  t.same(eventsIn(': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n'),
    [event('first event', 'message', '1'), event('second event'), event(' third event')])
  t.same(eventsIn('data\n\ndata\ndata\n\ndata:'), [event(''), event('\n')], 'the last one has no end')
  t.same(eventsIn('data:test\n\ndata: test\n\n'), [event('test'), event('test')])
  t.same(eventsIn('event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n'),
    [event('73857293', 'add'), event('2153', 'remove')])
})

test('fields', async t => {
  await t.test('an id lasts until the next one; one with NUL is ignored', async t => {
    t.same(eventsIn('id: a\ndata: 1\n\ndata: 2\n\nid: b\0\ndata: 3\n\n').map(({ lastEventId }) => lastEventId),
      ['a', 'a', 'a'])
  })

  await t.test('an id counts at the end of its block, with or without data', async t => {
    const parser = createEventStreamParser()
    t.same(parser.push(new TextEncoder().encode('id: a\n')), [])
    t.equal(parser.lastEventId, '')
    t.same(parser.push(new TextEncoder().encode('\n')), [])
    t.equal(parser.lastEventId, 'a')
  })

  await t.test('a type without data does not last', async t => {
    t.same(eventsIn('event: a\n\ndata: 1\n\n'), [event('1')])
  })

  await t.test('a reconnection time has digits only', async t => {
    for (const [text, retryMs] of [['retry: 250', 250], ['retry: 2.5', undefined], ['retry:', undefined]] as const) {
      const parser = createEventStreamParser()
      parser.push(new TextEncoder().encode(`${text}\n`))
      t.equal(parser.retryMs, retryMs, text)
    }
  })

  await t.test('others are ignored, as are those with a space before the colon', async t => {
    t.same(eventsIn('other: 1\ndata : 2\n data: 3\nData: 4\n:data: 5\ndata: 6\n\n'), [event('6')])
  })
})

test('a byte order mark is ignored at the begin alone', async t => {
  t.same(eventsIn('\uFEFFdata: 1\n\n'), [event('1')])
  t.same(eventsIn('data: 1\n\n\uFEFFdata: 2\n\ndata: \uFEFF3\n\n'), [event('1'), event('\uFEFF3')])
})

test('a line end that is cut in the middle is one line end', async t => {
  t.same(eventsIn('data: 1\r', '\n\r', '\n'), [event('1')])
  t.same(eventsIn('data: 1\r', '\n', '\n', 'data: 2\r', '\r'), [event('1'), event('2')])
  t.same(eventsIn('data: 1\r', 'data: 2\r', '\n', '\n'), [event('1\n2')])
})

/** Texts of one line, with what is special in the format. */
const lineText = fc.string({ unit: fc.constantFrom('a', ':', ' ', 'é', '\u2028', '🧮', '\uFEFF', '{') })

const sent = fc.record({
  type: fc.constantFrom('start', 'change', 'end'),
  id: fc.stringMatching(/^[\w.:,-]{1,20}$/),
  lines: fc.array(lineText, { minLength: 1, maxLength: 3 }),
  comment: fc.option(lineText),
  lineEnd: fc.constantFrom('\n', '\r', '\r\n')
})

test('a stream that is cut anywhere has the events that were sent', async t => {
  fc.assert(fc.property(
    fc.array(sent, { maxLength: 5 }), fc.boolean(), fc.array(fc.nat({ max: 400 })), (messages, hasMark, cuts) => {
      const text = messages.map(({ type, id, lines, comment, lineEnd }) => [
        ...comment === null ? [] : [`:${comment}`],
        `event: ${type}`,
        ...lines.map(line => `data: ${line}`),
        `id: ${id}`,
        '',
        ''
      ].join(lineEnd)).join('')
      const bytes = new TextEncoder().encode(hasMark ? `\uFEFF${text}` : text)
      const ends = [...new Set(cuts.map(at => Math.min(at, bytes.length)))].sort((one, other) => one - other)
      const pieces = [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      const expected = messages.map(({ type, id, lines }) => event(lines.join('\n'), type, id))
      t.strictSame(eventsIn(...pieces), expected)
      t.strictSame(eventsIn(...[...bytes].map(byte => Uint8Array.of(byte))), expected, 'byte by byte')
    }))
})
