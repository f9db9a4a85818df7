import { conformance } from '../conformance/index.js'
import { createFixture } from './fixture.js'

const { fixture, concurrent, withGrace } = await createFixture()

conformance(fixture, { concurrent, withGrace })
