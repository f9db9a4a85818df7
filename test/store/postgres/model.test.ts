import { RUNS } from '../fixture.js'
import { TIGHT, modelConformance } from '../model/index.js'
import { createFixture } from './fixture.js'

const { fixture } = await createFixture()

// What is too old goes a moment after a step and not in the middle of it, so the model is not asked for that here.
modelConformance(fixture, RUNS / 15, { ...TIGHT, retain: 1_000 })
