import { atOnceConformance } from '../at-once.js'
import { conformance } from '../conformance.js'
import { dispatchConformance } from '../dispatching.js'
import { timeConformance } from '../time-limits.js'
import { waitersConformance } from '../waiters.js'
import { createFixture } from './fixture.js'

const { fixture, hasty, lingering } = await createFixture()

conformance(fixture)
timeConformance(fixture)
dispatchConformance(fixture)
waitersConformance(lingering)
atOnceConformance(hasty)
