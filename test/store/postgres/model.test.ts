import { RUNS } from '../conformance.js'
import { modelConformance } from '../properties.js'
import { createFixture } from './fixture.js'

const { fixture } = await createFixture()

modelConformance(fixture, RUNS / 5)
