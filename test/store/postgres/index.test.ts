import { atOnceConformance } from '../at-once.js'
import { conformance } from '../conformance.js'
import { admission } from '../admission.js'
import { dispatchConformance } from '../dispatching.js'
import { timeConformance } from '../time-limits.js'
import { createFixture } from './fixture.js'

const { fixture, hasty } = await createFixture()

conformance(fixture)
timeConformance(fixture)
dispatchConformance(fixture)
admission(fixture)
atOnceConformance(hasty)
