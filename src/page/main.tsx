import { render } from 'preact'
import { App } from './app.js'

// What the server has written for browsers without scripts.
const root = document.getElementById('page')!
root.replaceChildren()
render(<App />, root)
