import type { DetectorFactory } from './detector.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'

/**
 * Sums for a straight line through samples, about their own mean, so that neither a time of 10^12 ms nor a
 * level of 4000 m above the sea eats the digits of the slope (Chan, Golub and LeVeque 1983, Algorithms for
 * computing the sample variance, doi 10.1080/00031305.1983.10483115). Times and values count from the first
 * sample; the difference of two times is exact.
 */
class Line implements Summary<Line> {
  readonly #perMs: number
  #count = 0
  #originT = 0
  #originV = 0
  /** Means, from the origin. */
  #t = 0
  #v = 0
  /** Sums of squares and of products about the means. */
  #tt = 0
  #tv = 0

  constructor(perMs: number) {
    this.#perMs = perMs
  }

  clear(): void {
    this.#count = 0
    this.#t = 0
    this.#v = 0
    this.#tt = 0
    this.#tv = 0
  }

  add(t: number, v: number): void {
    if (this.#count === 0) {
      this.#originT = t
      this.#originV = v
    }
    this.#count++
    const dt = t - this.#originT - this.#t
    this.#t += dt / this.#count
    this.#tt += dt * (t - this.#originT - this.#t)
    this.#v += (v - this.#originV - this.#v) / this.#count
    this.#tv += dt * (v - this.#originV - this.#v)
  }

  append(later: Line): void {
    if (later.#count === 0) return
    if (this.#count === 0) {
      this.#originT = later.#originT
      this.#originV = later.#originV
    }
    const count = this.#count + later.#count
    const dt = later.#originT - this.#originT + later.#t - this.#t
    const dv = later.#originV - this.#originV + later.#v - this.#v
    const share = later.#count / count
    this.#tt += later.#tt + dt * dt * this.#count * share
    this.#tv += later.#tv + dt * dv * this.#count * share
    this.#t += dt * share
    this.#v += dv * share
    this.#count = count
  }

  result(): number | undefined {
    return this.#tt > 0 ? (this.#tv / this.#tt) * this.#perMs : undefined
  }
}

/** Least-squares slope of the values over event time, per `perMs`: robust to noise and to uneven times. */
export const rate: DetectorFactory = feature => new SlidingSummary(feature, () => new Line(feature.perMs))
