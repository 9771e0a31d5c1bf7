import { describe, expect, it } from 'vitest'
import { ArraySamples, detectorOf } from './testing/array-samples.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 5, 1)

/** The angle after two days of steady movement, mm/d, where uniform creep is 4 mm/d. */
function angleAt(speed: number): number | undefined {
  const samples = new ArraySamples(
    Array.from({ length: 49 }, (_, hour) => ({ t: START + hour * HOUR, v: 120 + (speed * hour) / 24 })),
  )
  return detectorOf('tangent-angle(displacement, 2d, creep 4)').value([samples], START + 2 * DAY)
}

describe('the improved tangent angle', () => {
  // Xu Qiang 2009: from 80 degrees on the slope accelerates, from 85 degrees on it is about to fail.
  it.each([
    [1, 45],
    [5.67, 80],
    [11.43, 85],
    [-1, -45],
    [0, 0],
  ])('of %d times the speed of uniform creep is %d degrees', (times, degrees) => {
    expect(Math.abs((angleAt(times * 4) as number) - degrees)).toBeLessThan(0.005)
  })
})
