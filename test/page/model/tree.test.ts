import fc from 'fast-check'
import { test } from 'tap'
import { criticalPathOf } from '../../../src/page/model/critical-path.js'
import { MAX_DEPTH, MAX_DRAWN, foldedOf, layoutTree, planTreeOf } from '../../../src/page/model/tree.js'
import { calculation, finishedCalculation, operation, taking } from './history.js'

/** Half the width of a number. */
const half = () => 13

const NOTHING = { folded: new Set<number>(), unfolded: new Set<number>() }

test('the result is above its operands, in the order in which they are written', async t => {
  const drawn = calculation([operation(1), operation(2), taking(3, [2, 1]), taking(4, [3, null])])
  const plan = planTreeOf(drawn)
  const { nodes } = layoutTree(drawn, plan, new Set(), half)
  const byKey = new Map(nodes.map(node => [node.key, node]))
  t.same(plan.roots, [4])
  t.equal(byKey.get('3')!.above, '4')
  t.equal(byKey.get('4.1')!.value, 7, 'a number is a leaf')
  t.ok(byKey.get('2')!.x < byKey.get('1')!.x)
  t.ok(byKey.get('4')!.y < byKey.get('3')!.y && byKey.get('3')!.y < byKey.get('1')!.y)
})

test('an operation that is taken twice is drawn once', async t => {
  const drawn = calculation([operation(1), taking(2, [1, 1]), taking(3, [1, 2])])
  const plan = planTreeOf(drawn)
  t.same(plan.others, [[1, 3]])
  t.equal(layoutTree(drawn, plan, new Set(), half).nodes.filter(({ key }) => key === '1').length, 1)
})

test('of a large plan about as many operations are drawn as are asked for, and each can be reached', async t => {
  const all = Array.from({ length: 2_000 }, (_, index) => index < 1_000
    ? operation(index + 1)
    : taking(index + 1, [2 * (index - 1_000) + 1, 2 * (index - 1_000) + 2]))
  const drawn = calculation(all.slice(0, 1_999))
  const plan = planTreeOf(drawn)
  const hidden = foldedOf(plan, NOTHING)
  const { nodes } = layoutTree(drawn, plan, hidden, half)
  const shown = nodes.filter(({ operation }) => operation !== null)
  t.ok(shown.length <= MAX_DRAWN && shown.length > MAX_DRAWN / 2)
  t.equal(shown.reduce((sum, { hidden }) => sum + hidden, shown.length), 1_999, 'the others are counted')
  const [first] = hidden
  const more = layoutTree(drawn, plan, foldedOf(plan, { ...NOTHING, unfolded: new Set([first!]) }), half)
  t.ok(more.nodes.some(({ above }) => above === String(first)), 'a folded sub-tree opens')
})

test('a chain of 200,000 operations is laid out', async t => {
  const drawn = calculation(Array.from({ length: 200_000 }, (_, index) => index === 0
    ? operation(1)
    : taking(index + 1, [index, null])))
  const plan = planTreeOf(drawn)
  t.equal(plan.size.get(200_000), 200_000)
  const shown = (unfolded: readonly number[]) =>
    layoutTree(drawn, plan, foldedOf(plan, { ...NOTHING, unfolded: new Set(unfolded) }), half).nodes
      .filter(({ operation }) => operation !== null).length
  t.equal(shown([]), MAX_DEPTH + 1)
  t.equal(shown([200_000 - MAX_DEPTH]), 2 * MAX_DEPTH + 2, 'as many again below one that was unfolded')
})

test('every operation is drawn once, and its sub-tree counts it', async t => {
  fc.assert(fc.property(finishedCalculation, record => {
    const plan = planTreeOf(record)
    const { nodes } = layoutTree(record, plan, new Set(), half)
    const ids = nodes.flatMap(({ operation }) => operation === null ? [] : operation.id)
    t.same(ids.sort((one, other) => one - other), record.operations.map(({ id }) => id))
    t.equal(plan.roots.reduce((sum, id) => sum + plan.size.get(id)!, 0), record.operations.length)
  }), { numRuns: 100 })
})

test('the critical path is the longest chain, from its first operation to the result', async t => {
  const drawn = calculation([
    operation(1, { path_ms: 300 }), operation(2, { path_ms: 400 }), taking(3, [1, 2], { path_ms: 200 }),
    taking(4, [3, null], { path_ms: 100 })
  ])
  t.same(criticalPathOf(drawn), [2, 3, 4])
})
