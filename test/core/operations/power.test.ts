import fc from 'fast-check'
import { test } from 'tap'
import { power } from '../../../src/core/operations/power.js'
import { type Exact, isNearest, quotient, rational } from './rational.js'

type Row = readonly [base: number, exponent: number, result: number]

/**
 * From Python 3: `v = Fraction(base) ** exponent; v.numerator / v.denominator`, whose division of integers rounds once,
 * and for bases next to 1 `float((Decimal(base).ln() * exponent).exp())` with 120 digits.
 */
const TABLE: readonly Row[] = [
  [10, 26, 1e+26], [10, 29, 1e+29], [10, 23, 1e+23], [10, 308, 1e+308], [10, -17, 1e-17], [10, -5, 1e-5],
  [10, -307, 1e-307], [10, -308, 1e-308], [10, -320, 1e-320], [10, -323, 1e-323], [2.5, -4, 0.0256],
  [2.5, -5, 0.01024], [2.5, 3, 15.625], [0.1, 2, 0.010000000000000002], [0.1, 17, 1.000000000000001e-17],
  [0.1, -17, 9.99999999999999e+16], [0.1, -308, 9.999999999999828e+307], [0.2, 3, 0.008000000000000002],
  [1.1, 10, 2.5937424601000023], [1.1, 50, 117.39085287969579], [1.05, 30, 4.321942375150668],
  [1.005, 360, 6.0225752122629865], [3, 34, 1.6677181699666568e+16], [3, -3, 0.037037037037037035],
  [7, -7, 1.2142656789020123e-6], [-3, 35, -5.0031545098999704e+16], [-7, -20, 1.2532542894196848e-17],
  [5, -27, 1.34217728e-19], [5, -460, 2.96e-322], [6, -413, 4.2e-322], [1.5, -1836, 5e-324],
  [1.5, 1750, 1.4444527745742028e+308], [3, 646, 1.6608505280233425e+308], [0.3, 600, 1.873927704e-314],
  [0.3, 619, 0], [2, -1074, 5e-324], [2, -1075, 0], [4, -537, 5e-324], [3, -677, 1e-323], [3, -678, 5e-324],
  [5e-324, 1, 5e-324], [2.2250738585072014e-308, -1, 4.49423283715579e+307],
  [1.7976931348623157e+308, -1, 5.562684646268003e-309], [1.3407807929942596e+154, 2, 1.7976931348623155e+308],
  [1.4916681462400413e-154, 2, 2.2250738585072014e-308], [12345.678, -9, 1.500947460668854e-37],
  [-0.99, 101, -0.3623720178604969], [99999999, -38, 1.000000380000074e-304], [94906267, 2, 9007199515875288],
  [94906267, -2, 1.1102229924378704e-16], [259, 23, 3.205491088631609e+55], [3, 22, 31381059609], [3, 8, 6561],
  [845.79, -57, 1.3996997159182464e-167], [431.5803, -59, 3.399107175369797e-156], [3, 51, 2.1536939630755577e+24],
  [0.794, 35, 0.000311686207725386], [0.04, -15, 9.313225746154783e+20], [8.4994, 12, 142121316767.0693],
  [981.42, 53, 3.700921857750666e+158], [3, -16, 2.3230573125418773e-8], [819.64, 28, 3.814591617974248e+81],
  [44.8, -4, 2.482492493768873e-7], [6.7682, -38, 2.767062846491734e-32],
  [1.0000000000000002, 1.152921504606847e+18, 1.5114276650040605e+111],
  [1.0000000000000002, 2.305843009213693e+18, 2.2844135865391073e+222],
  [0.9999999999999999, 4.611687117939016e+18, 4.3769567079675904e-223],
  [1.0000001, 1000000000, 2.6881038582144647e+43], [0.9999999, -7000000000, 1.0142671797745821e+304],
  [1.000000000000001, -3e+17, 2.243262089790258e-145], [-1.0000000001, 1000000000001, -2.688139370317225e+43],
  [1.001, -700001, 1.3974310845646307e-304]
]

test('whole powers are what an independent source says', async t => {
  for (const [base, exponent, result] of TABLE) t.equal(power(base, exponent) + 0, result, `(${base}) ^ ${exponent}`)
})

const whole = fc.integer({ min: -2000, max: 2000 })
const bases = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 0.5, max: 2, noNaN: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: 0, max: 6 })).map(([n, e]) => n / 10 ** e)
)

/** A base and an exponent whose power is between the smallest double and the largest, or just beyond. */
const inRange = fc.tuple(bases.filter(base => base !== 0), whole).map(([base, exponent]): [number, number] => {
  const log2 = Math.abs(Math.log2(Math.abs(base)))
  return [base, log2 * Math.abs(exponent) < 1080 ? exponent : Math.trunc(exponent / 2000 * 1080 / log2)]
})

test('a whole power is the double nearest to the true value, ties to even', async t => {
  fc.assert(fc.property(inRange, ([base, exponent]) => {
    const result = power(base, exponent)
    if (!isNearest(result, raised(rational(base), exponent))) throw new Error(`(${base}) ^ ${exponent} is ${result}`)
  }), { numRuns: 5_000 })
})

function raised ({ numerator, denominator }: Exact, exponent: number): Exact {
  const count = BigInt(Math.abs(exponent))
  const [over, under] = [numerator ** count, denominator ** count]
  return exponent > 0 ? quotient(over, under) : quotient(under, over)
}

test('huge exponents are decided without huge numbers', async t => {
  t.equal(power(2, 1e300), Infinity)
  t.equal(power(0.5, 1e300), 0)
  t.equal(power(-3, -1e300) + 0, 0)
  t.equal(power(-1, 2 ** 53 - 1), -1)
  t.equal(power(-1, 1e300), 1)
  t.equal(power(1 + 2 ** -52, 1e300), Infinity)
  t.equal(power(1 - 2 ** -53, 1e300), 0)
})

test('0, and exponents that are not whole, are as in IEEE 754', async t => {
  for (const [base, exponent] of [[0, 0], [0, 3], [0, -1], [7, 0], [2, 0.5], [2, -0.1], [64, 1 / 3]] as const) {
    t.equal(power(base, exponent), base ** exponent, `${base} ^ ${exponent}`)
  }
})
