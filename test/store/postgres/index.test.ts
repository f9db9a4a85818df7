import { atOnceConformance } from '../at-once.js'
import { conformance } from '../conformance.js'
import { admission } from '../admission.js'
import { dispatchConformance } from '../dispatching.js'
import { failureConformance } from '../failures.js'
import { localConformance } from '../local-leases.js'
import { textConformance } from '../texts.js'
import { timeConformance } from '../time-limits.js'
import { waitersConformance } from '../waiters.js'
import { createFixture } from './fixture.js'

const { fixture, concurrent, withGrace } = await createFixture()

conformance(fixture)
timeConformance(fixture)
failureConformance(fixture)
textConformance(fixture)
dispatchConformance(fixture)
localConformance(fixture)
waitersConformance(withGrace)
admission(fixture)
atOnceConformance(concurrent)
