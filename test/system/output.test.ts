import { test } from 'tap'
import { createOutput } from '../../src/system/output.js'

function failing (code: string): () => never {
  return () => { throw Object.assign(new Error(code), { code }) }
}

test('what cannot be written is dropped, and the reason is answered', async t => {
  for (const code of ['EPIPE', 'EIO', 'ENOSPC', 'EBADF']) {
    const output = createOutput(1, failing(code), () => t.fail('nothing is waited for'))
    t.match(output.write('a line\n'), { code })
    t.match(output.write('another\n'), { code }, 'it is tried again: a disk may have space by then')
  }
})

test('a text that is taken in pieces is written whole', async t => {
  let written = ''
  const output = createOutput(1, (_descriptor, bytes) => {
    const piece = bytes.subarray(0, 3)
    written += Buffer.from(piece).toString()
    return piece.length
  })
  t.equal(output.write('one line\n'), null)
  t.equal(written, 'one line\n')
})

test('a full pipe is waited for a moment, and a slow one then no more until it takes something', async t => {
  let free = 0
  let pauses = 0
  let written = ''
  const output = createOutput(1, (_descriptor, bytes) => {
    if (free === 0) failing('EAGAIN')()
    const piece = bytes.subarray(0, free)
    free -= piece.length
    written += Buffer.from(piece).toString()
    return piece.length
  }, () => {
    pauses++
    if (pauses === 3) free = 4
  })
  t.match(output.write('cut off\n'), { code: 'EAGAIN' })
  t.ok(pauses < 100)
  const before = pauses
  t.match(output.write('dropped\n'), { code: 'EAGAIN' })
  t.equal(pauses, before, 'a server that logs does not wait for each line')
  free = 100
  t.equal(output.write('whole\n'), null)
  t.equal(written, 'cut \nwhole\n', 'a line that broke off does not swallow the next one')
})
