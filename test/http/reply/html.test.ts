import { test } from 'tap'
import { html } from '../../../src/http/reply/html.js'

test('what is inserted is escaped, in texts and in attributes', async t => {
  const text = '<script>alert("1" & \'2\')</script>'
  const escaped = '&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;'
  t.equal(html`<p title="${text}">${text}</p>`.text, `<p title="${escaped}">${escaped}</p>`)
})

test('HTML, numbers and lists of them are inserted as they are', async t => {
  const items = ['a<b', 'c'].map(text => html`<li>${text}</li>`)
  t.equal(html`<ol start="${2}">${items}</ol>${''}${[]}`.text, '<ol start="2"><li>a&lt;b</li><li>c</li></ol>')
  t.equal(html`${'$&'}${-0.5}`.text, '$&amp;-0.5')
})
