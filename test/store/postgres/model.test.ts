import { RUNS } from '../fixture.js'
import { TIGHT, modelConformance, withOneReport } from '../model/index.js'
import { createFixture } from './fixture.js'

const { fixture } = await createFixture()

modelConformance(fixture, RUNS / 15, { ...TIGHT, retain: 1_000 })

// Expressions beyond retention are deleted after a verb and not during it, which two reports in one verb would show.
modelConformance(fixture, RUNS / 15, TIGHT, withOneReport)
