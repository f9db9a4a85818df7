import { conformance } from '../conformance.js'
import { dispatchConformance } from '../dispatching.js'
import { timeConformance } from '../time-limits.js'
import { createFixture } from './fixture.js'

const { fixture } = await createFixture()

conformance(fixture)
timeConformance(fixture)
dispatchConformance(fixture)
