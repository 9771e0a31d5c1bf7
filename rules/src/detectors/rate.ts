import {
  type Detector,
  type DetectorDefinition,
  type DetectorSettings,
  type Inputs,
  numberOption,
  type Samples,
} from './detector.ts'
import type { Bounds, Change, Range } from './outlook.ts'
import { SlidingSummary, type Summary } from './sliding-summary.ts'
import { perOption, rateUnit } from './units.ts'
import { Window } from './window.ts'

// Samples that come lie no further from the line than so many times what is usual, or what is left to the nearer bound.
const FAR = 2 ** 8
// For n samples hundreds of times what the sums lose, with what comes that FAR from the line.
const ROUNDING = 2 ** -38
// More than a dozen times what a place on the line loses where values lie far from 0.
const PLACING = 2 ** -48
// With larger slopes, per ms, products could overflow; with smaller ones they lose digits.
const MOST = 1e100
const LEAST = 1e-200

/**
 * Sums for a straight line through samples, about their own mean, so that neither a time of 10^12 ms nor a
 * level of 4000 m above the sea eats the digits of the slope (Chan, Golub and LeVeque 1983, Algorithms for
 * computing the sample variance, doi 10.1080/00031305.1983.10483115). Times and values count from the first
 * sample; the difference of two times is exact.
 */
class Line implements Summary<Line> {
  readonly width = 8
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
  #vv = 0

  constructor(perMs: number) {
    this.#perMs = perMs
  }

  clear(): void {
    this.#count = 0
    this.#t = 0
    this.#v = 0
    this.#tt = 0
    this.#tv = 0
    this.#vv = 0
  }

  add(samples: Samples, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const t = samples.time(at)
      const v = samples.value(at)
      if (this.#count === 0) {
        this.#originT = t
        this.#originV = v
      }
      this.#count++
      const dt = t - this.#originT - this.#t
      this.#t += dt / this.#count
      this.#tt += dt * (t - this.#originT - this.#t)
      const dv = v - this.#originV - this.#v
      this.#v += dv / this.#count
      const fromMean = v - this.#originV - this.#v
      this.#tv += dt * fromMean
      this.#vv += dv * fromMean
    }
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
    this.#vv += later.#vv + dv * dv * this.#count * share
    this.#t += dt * share
    this.#v += dv * share
    this.#count = count
  }

  save(numbers: Float64Array, at: number): void {
    numbers[at] = this.#count
    numbers[at + 1] = this.#originT
    numbers[at + 2] = this.#originV
    numbers[at + 3] = this.#t
    numbers[at + 4] = this.#v
    numbers[at + 5] = this.#tt
    numbers[at + 6] = this.#tv
    numbers[at + 7] = this.#vv
  }

  load(numbers: Float64Array, at: number): void {
    this.#count = numbers[at] as number
    this.#originT = numbers[at + 1] as number
    this.#originV = numbers[at + 2] as number
    this.#t = numbers[at + 3] as number
    this.#v = numbers[at + 4] as number
    this.#tt = numbers[at + 5] as number
    this.#tv = numbers[at + 6] as number
    this.#vv = numbers[at + 7] as number
  }

  result(): number | undefined {
    return this.#tt > 0 ? (this.#tv / this.#tt) * this.#perMs : undefined
  }

  // With x for the time from the present mean of the times, and r for a value's distance from the present line, the slope
  // changes by sum((x - mean x) * r) / sum((x - mean x) ** 2) over the samples that are then there. Both sums of r and of
  // x * r are 0 now. What leaves is known but for how much of it; what comes lies between the newest sample and `end`.
  // The worst of each is taken though they do not come together (the spread of the times is least when nothing has come,
  // their mean latest when all has): for few samples the range is several times narrower than it need be.
  rangeOf({ low, high }: Bounds, { samples, tail, head, steps, end }: Change): Range | undefined {
    const count = this.#count
    const slope = this.#tv / this.#tt
    let [sumX, sumXX, sumR, sumXR] = [0, 0, 0, 0]
    // Largest and smallest that the sums over what stays become.
    let [mostR, leastR, mostXR, leastXR] = [0, 0, 0, 0]
    for (let at = tail; at < tail + steps; at++) {
      const x = samples.time(at) - this.#originT - this.#t
      const r = samples.value(at) - this.#originV - this.#v - slope * x
      sumX += x
      sumXX += x * x
      sumR -= r
      sumXR -= x * r
      mostR = Math.max(mostR, sumR)
      leastR = Math.min(leastR, sumR)
      mostXR = Math.max(mostXR, sumXR)
      leastXR = Math.min(leastXR, sumXR)
    }
    const newest = samples.time(head - 1) - this.#originT - this.#t
    const latest = end - this.#originT - this.#t
    // The mean of the times moves on as far as this: the oldest leave, and what comes is later than it.
    const onwards = (steps * latest - sumX) / count
    const squares = this.#tt - sumXX - sumX ** 2 / (count - steps)
    if (!(newest > onwards && squares > 0)) return undefined
    const left = Math.min(high / this.#perMs - slope, slope - low / this.#perMs)
    const scale = Math.max(Math.sqrt(this.#vv / squares), left)
    if (!(scale < MOST && scale > LEAST)) return undefined
    const rounding = ROUNDING * count ** 2 * scale
    const rise = (high / this.#perMs - slope - rounding) * squares - (mostXR - onwards * leastR)
    const fall = (slope - low / this.#perMs - rounding) * squares - (onwards * mostR - leastXR)
    if (!(rise > 0 && fall > 0)) return undefined
    const most = FAR * scale * Math.sqrt(squares)
    const mean = this.#originV + this.#v
    const over = Math.min(rise / (steps * latest), most) - PLACING * Math.abs(mean)
    const under = Math.min(fall / (steps * latest), most) - PLACING * Math.abs(mean)
    return {
      above: mean + Math.max(slope * newest, slope * latest) - under,
      below: mean + Math.min(slope * newest, slope * latest) + over,
    }
  }
}

/** Newest value minus oldest, over the time between them. */
class EndPoints implements Detector {
  readonly #window: Window
  readonly #perMs: number

  constructor(settings: DetectorSettings, perMs: number) {
    this.#window = new Window(settings)
    this.#perMs = perMs
  }

  value([samples]: Inputs, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    if (!window.isSpanned(samples)) return undefined
    const rise = samples.value(window.head - 1) - samples.value(window.tail)
    const time = samples.time(window.head - 1) - samples.time(window.tail)
    const slope = (rise / time) * this.#perMs
    return Number.isFinite(slope) ? slope : undefined
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

/** How a rate is taken; the names of the option of every detector that takes one. */
export const METHOD = {
  kind: 'word',
  words: ['least-squares', 'end-point'],
  default: 'least-squares',
  meaning: 'slope of the straight line through all readings, or between the oldest and the newest alone',
} as const

/** The slope of the values over a window, per `perMs`, by the method that the settings name. */
export const slopeOver = (settings: DetectorSettings, perMs: number): Detector =>
  settings.options.method === 'end-point'
    ? new EndPoints(settings, perMs)
    : new SlidingSummary(settings, () => new Line(perMs))

/**
 * Slope of the values over event time, per `per`: by least squares, robust to noise and to uneven times, or between
 * the end points.
 */
export const rate: DetectorDefinition = {
  name: 'rate',
  meaning: 'slope of the straight line through the readings',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: { per: perOption(86_400_000), method: METHOD },
  unit: rateUnit,
  create: settings => slopeOver(settings, numberOption(settings, 'per')),
}
