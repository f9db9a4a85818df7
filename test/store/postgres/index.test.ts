import { conformance } from '../conformance/index.js'
import { createFixture } from './fixture.js'

const { fixture, hasty, lingering } = await createFixture()

conformance(fixture, { concurrent: hasty, lingering })
