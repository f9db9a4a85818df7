// The texts of all views are beside one another in the bundle, which makes it 1 kB smaller when it is compressed.
import './text/start.js'
import './text/lists.js'
import './text/frame.js'
import './text/expression.js'
import './text/picture.js'
import './text/parts.js'
import './text/server.js'
import { render } from 'preact'
import { App } from './app.js'

// What the server has written for browsers without scripts.
const root = document.getElementById('page')!
root.replaceChildren()
render(<App />, root)
