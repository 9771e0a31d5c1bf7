import type { DetectorDefinition, Samples } from './detector.ts'
import type { Bounds, Change, Range } from './outlook.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { differenceUnit } from './units.ts'

// For n values thousands of times the errors of n additions, which are relative to the squares: values count from one of them.
const ROUNDING = 2 ** -38
// Squares of larger distances could overflow, products of smaller ones lose digits.
const MOST = 1e100
const LEAST = 1e-140

/**
 * Count, mean and sum of squares about the mean, merged as by Chan, Golub and LeVeque 1983 (Algorithms for
 * computing the sample variance, doi 10.1080/00031305.1983.10483115). Values count from the first sample.
 */
class Deviation implements Summary<Deviation> {
  readonly width = 4
  #count = 0
  #origin = 0
  #mean = 0
  #squares = 0

  clear(): void {
    this.#count = 0
    this.#mean = 0
    this.#squares = 0
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const v = samples.value(at)
      if (this.#count === 0) this.#origin = v
      this.#count++
      const distance = v - this.#origin - this.#mean
      this.#mean += distance / this.#count
      this.#squares += distance * (v - this.#origin - this.#mean)
    }
  }

  append(later: Deviation): void {
    if (later.#count === 0) return
    if (this.#count === 0) this.#origin = later.#origin
    const count = this.#count + later.#count
    const distance = later.#origin - this.#origin + later.#mean - this.#mean
    this.#squares += later.#squares + distance * distance * this.#count * (later.#count / count)
    this.#mean += distance * (later.#count / count)
    this.#count = count
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#count
    numbers[at + 1] = this.#origin
    numbers[at + 2] = this.#mean
    numbers[at + 3] = this.#squares
  }

  load(numbers: Float64Array, at: number): void {
    this.#count = numbers[at] as number
    this.#origin = numbers[at + 1] as number
    this.#mean = numbers[at + 2] as number
    this.#squares = numbers[at + 3] as number
  }

  result(): number | undefined {
    return this.#count > 1 ? Math.sqrt(this.#squares / (this.#count - 1)) : undefined
  }

  // Samples come within a distance d of the present mean. About it the squares of what is then there are those that stay and
  // count * d ** 2 at most. About its own mean they are no fewer than those of what stays about the mean of that: these are
  // fewer than about the present mean by the square of the sum of the distances over the count, and a sample that comes
  // only adds to them. Whatever leaves, they are as uncertain as all were before.
  rangeOf({ low, high }: Bounds, { samples, tail, steps }: Change): Range | undefined {
    const rounding = ROUNDING * this.#count ** 2
    const highest = high ** 2 * (1 - rounding)
    const lowest = low < 0 ? -1 : low ** 2 * (1 + rounding)
    const uncertain = this.#squares * rounding + LEAST ** 2
    if (!(this.#squares < MOST ** 2 && highest > LEAST ** 2)) return undefined
    let [squares, sum] = [this.#squares, 0]
    let distance = MOST
    for (let left = 0; left <= steps; left++) {
      const count = this.#count - left
      if (squares > highest * (count - 1)) return undefined
      distance = Math.min(distance, Math.sqrt((highest * (count + steps - 1) - squares) / steps))
      const least = squares - sum ** 2 / count - uncertain
      if (lowest >= 0 && !(least > lowest * (count + steps - 1))) return undefined
      const gone = samples.value(tail + left) - this.#origin - this.#mean
      squares -= gone ** 2
      sum -= gone
    }
    const mean = this.#origin + this.#mean
    const certain = distance * (1 - ROUNDING) - ROUNDING * Math.abs(mean)
    return certain > 0 ? { above: mean - certain, below: mean + certain } : undefined
  }
}

export const std: DetectorDefinition = {
  name: 'std',
  meaning: 'standard deviation of the readings',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: differenceUnit,
  create: settings => new SlidingSummary(settings, () => new Deviation()),
}
