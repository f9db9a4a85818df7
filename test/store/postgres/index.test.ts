import { atOnceConformance } from '../at-once.js'
import { conformance } from '../conformance.js'
import { dispatchConformance } from '../dispatching.js'
import { textConformance } from '../texts.js'
import { timeConformance } from '../time-limits.js'
import { createFixture } from './fixture.js'

const { fixture, hasty } = await createFixture()

conformance(fixture)
timeConformance(fixture)
textConformance(fixture)
dispatchConformance(fixture)
atOnceConformance(hasty)
