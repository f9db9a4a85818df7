import { test } from 'tap'
import { acceptedCoding, prefersHtml } from '../../../src/http/reply/negotiation.js'

test('browsers prefer HTML, and programs that accept anything do not', async t => {
  for (const accept of [
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'text/html',
    'TEXT/HTML', 'text/html;charset=utf-8', 'text/html, */*', 'text/html, text/*',
    '*/*;q=0.1, text/html;q=0.2',
    'text/plain;q=0.5, text/html;q=0.6', 'text/html ; q = 0.9 , text/plain;q=0.8'
  ]) t.ok(prefersHtml(accept), accept)
  for (const accept of [
    undefined, '', '*/*', 'text/*', 'text/plain', 'application/json', 'text/html;q=0', 'text/html;q=0.0, */*',
    'text/plain, text/html', 'text/html;q=0.5, text/plain', 'text/html;q=0.5, */*', 'application/xhtml+xml',
    ';q=1', ',,'
  ]) t.notOk(prefersHtml(accept), String(accept))
})

test('the best coding that a client accepts is chosen', async t => {
  const codings = ['br', 'gzip'] as const
  for (const [accept, coding] of [
    ['gzip, deflate, br, zstd', 'br'], ['gzip', 'gzip'], ['GZIP;q=0.5', 'gzip'], ['*', 'br'], ['br;q=0, *', 'gzip'],
    ['br;q=0, gzip;q=0.000', undefined], ['identity', undefined], ['', undefined], ['*;q=0', undefined]
  ] as const) t.equal(acceptedCoding(accept, codings), coding, accept)
})
