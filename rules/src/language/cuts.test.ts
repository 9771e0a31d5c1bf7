import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileCondition } from './condition.ts'

const FEATURES = ['speed', 'level', 'door']
const PARAMETERS = ['limit', 'share']
const PLACES = new Map([...FEATURES, ...PARAMETERS].map((name, place) => [name, place]))

function conditionOf(text: string) {
  const compiled = compileCondition(text, { features: FEATURES, parameters: PARAMETERS })
  if (!compiled.ok) throw new Error(compiled.fault.message)
  return compiled.condition
}

const number = fc.constantFrom(
  'limit',
  '0.98 * limit',
  '-limit',
  '2',
  '1 / share',
  'limit + abs(share)',
  '0.5',
)
const comparison = fc
  .tuple(
    fc.constantFrom(...FEATURES, 'abs(speed)', 'abs(level)'),
    fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
    number,
  )
  .chain(([left, operator, right]) =>
    fc.constantFrom(`${left} ${operator} ${right}`, `${right} ${operator} ${left}`),
  )
const condition: fc.Arbitrary<string> = fc.letrec<{ node: string }>(tie => ({
  node: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc
      .tuple(tie('node'), fc.constantFrom('&&', '||', '=='), tie('node'))
      .map(([a, op, b]) => `(${a}) ${op} (${b})`),
    tie('node').map(inner => `!(${inner})`),
    fc.tuple(tie('node'), tie('node'), tie('node')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
  ),
})).node

// Often the same few numbers: those with which features are compared.
const value = fc.oneof(fc.constantFrom(2, -2, 1.96, 0.5, 0), fc.double({ min: -4, max: 4, noNaN: true }))

describe('the cuts of a condition', () => {
  it('are where it may change, and nowhere else', () => {
    let changed = 0
    fc.assert(
      fc.property(
        condition,
        fc.array(value, { minLength: 5, maxLength: 5 }),
        fc.array(value, { minLength: 3, maxLength: 3 }),
        (text, before, moved) => {
          const tested = conditionOf(text)
          const cuts = tested.cuts(PLACES) ?? []
          const test = tested.placed(PLACES)
          const after = [...moved, ...before.slice(FEATURES.length)]
          const isCrossed = cuts.some(({ place, at }) => {
            const cut = at(before)
            return (
              Math.sign((before[place] as number) - cut) !== Math.sign((after[place] as number) - cut) &&
              !Number.isNaN(cut)
            )
          })
          if (test(before) !== test(after)) {
            changed++
            expect(isCrossed).toBe(true)
          }
        },
      ),
      { numRuns: 3000 },
    )
    expect(changed).toBeGreaterThan(300)
  })

  it('are none where features are compared with one another', () => {
    for (const text of [
      'speed > 2 * level',
      'speed + 1 > limit',
      'speed > limit && level > speed',
      '-speed > 3',
    ])
      expect(conditionOf(text).cuts(PLACES)).toBeUndefined()
  })

  it('are two where a distance from 0 is compared', () => {
    const places = conditionOf('abs(level) > limit')
      .cuts(PLACES)
      ?.map(({ place, at }) => [place, at([0, 0, 0, 3, 0])])
    expect(places).toEqual([
      [1, 3],
      [1, -3],
    ])
  })
})
