import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArraySamples, detectorOf } from './testing/array-samples.ts'

const unbalance = (values: readonly number[], options = '', times = [0, 0, 0]): number | undefined => {
  const [a, b, c] = values.map((v, phase) => new ArraySamples([{ t: times[phase] as number, v }]))
  return detectorOf(`unbalance(u_ab, u_bc, u_ca${options})`).value([a!, b!, c!], 120_000)
}

describe('phase unbalance', () => {
  it('is negative over positive sequence of any three line voltages', () => {
    const angle = fc.double({ min: 0, max: 2 * Math.PI, noNaN: true })
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.2, noNaN: true }), angle, (negative, phi) => {
        // Line voltages have no zero sequence: U_k = a^-k + negative e^(i phi) a^k.
        const sides = [0, 1, 2].map(k => {
          const [positive, other] = [(-2 * Math.PI * k) / 3, phi + (2 * Math.PI * k) / 3]
          const [re, im] = [Math.cos, Math.sin].map(f => f(positive) + negative * f(other)) as [
            number,
            number,
          ]
          return 400 * Math.hypot(re, im)
        })
        expect(unbalance(sides)).toBeCloseTo(100 * negative, 4)
      }),
      { numRuns: 100, seed: 7 },
    )
  })

  it('is the largest deviation from the mean where it is asked for', () => {
    expect(unbalance([460, 467, 450], ', method deviation')).toBeCloseTo((100 * 9) / 459, 9)
    expect(unbalance([0, 0, 0], ', method deviation')).toBeUndefined()
  })

  it('is unknown where no triangle has such sides, a phase is not read, or one is old', () => {
    expect(unbalance([400, 100, 100])).toBeUndefined()
    expect(unbalance([400, 400, 400], '', [0, 0, 60_001])).toBeUndefined()
    expect(unbalance([400, 400, 400], '', [0, 0, 60_000])).toBe(0)
    expect(unbalance([400, 400, 400], '', [0, 0, 200_000])).toBeUndefined()
  })
})
