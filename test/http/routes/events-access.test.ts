/** Which pages may follow, and under which name of the server. */
import { test } from 'tap'
import { openEvents } from '../event-reader.js'
import { serve } from '../events-scene.js'
import { dial, request, submit } from '../helper.js'

const PAGE = 'https://lab.example'

test('a page of an allowed origin may read the streams, and no other', async t => {
  const { app, api } = await serve(t, { settings: { ALLOWED_ORIGINS: [PAGE] } })
  const id = await submit(app, '1+2')
  for (const path of ['events', `expressions/${id}/events`]) {
    const allowed = await openEvents(t, `${api}/${path}`, { origin: PAGE })
    t.equal(allowed.response.headers.get('access-control-allow-origin'), PAGE)
    t.match(allowed.response.headers.get('vary'), /Origin/)
    t.match(await allowed.next(), { event: 'start' })
    const other = await openEvents(t, `${api}/${path}`, { origin: 'https://other.example' })
    t.equal(other.response.headers.get('access-control-allow-origin'), null)
    const headers = {
      origin: PAGE, 'access-control-request-method': 'GET', 'access-control-request-headers': 'last-event-id'
    }
    const asked = await fetch(`${api}/${path}`, { method: 'OPTIONS', headers })
    t.match(asked.headers.get('access-control-allow-headers'), /last-event-id/i)
  }
})

test('under a name that is not that of the server, there is no stream', async t => {
  const { app, port } = await serve(t)
  const id = await submit(app, '1+2')
  for (const path of ['events', `expressions/${id}/events`]) {
    const wire = await dial(t, port)
    wire.send(request(`GET /api/v1/${path}`, 'connection: close\r\n').replace('host: 127.0.0.1', 'host: evil.example'))
    t.match(await wire.end, /^HTTP\/1\.1 421 /)
  }
})
