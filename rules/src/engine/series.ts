import { type Detector, detectorFor, settingsOf } from '../detectors/index.ts'
import type { Feature } from '../rule.ts'
import type { Values } from './decision.ts'
import type { QuietScopes } from './quiet-scopes.ts'
import { SampleRing, type SampleRingState } from './sample-ring.ts'
import type { Scope } from './scope.ts'
import type { TimerQueue } from './timer-queue.ts'

interface LateSample {
  t: number
  v: number
}

/** A series as plain data. */
export interface SeriesState {
  ring: SampleRingState
  late: LateSample[]
  /** Quality flag of the newest sample. */
  quality: number
}

interface SeriesParts {
  timers: Pick<TimerQueue<Scope>, 'schedule'>
  maxSamples: number
  /** Quality flags of readings that are no samples of it. */
  ignored: readonly number[]
  state: SeriesState | undefined
}

// The ring is looked through for samples that nothing needs any more after so many new ones.
const TRIM_EVERY = 256

/** The usable samples of one series to rules with one policy for quality, and the scopes that read it. */
export class Series {
  readonly ring: SampleRing
  scopes: Scope[] = []
  /** Groups of those scopes that may be quiet together. */
  readonly groups: QuietScopes[] = []
  quality: number
  /** The scope that writes it, where it is a derived series. */
  writer: Scope | undefined
  readonly #ignored: readonly number[]
  readonly #timers: SeriesParts['timers']
  #late: LateSample[]
  readonly #lateTimes: Set<number>
  #sinceTrim = 0
  /** Detectors that keep nothing but what the samples say, by what they are made from: rules share them. */
  readonly #detectors = new Map<string, Detector>()

  constructor({ timers, maxSamples, ignored, state }: SeriesParts) {
    this.#timers = timers
    this.#ignored = ignored
    this.ring = new SampleRing(maxSamples, state?.ring)
    this.#late = state?.late ?? []
    this.#lateTimes = new Set(this.#late.map(({ t }) => t))
    this.quality = state?.quality ?? 0
  }

  /** The timeless detector of a feature that reads this series alone. */
  detectorFor(feature: Feature, parameters: Values): Detector {
    const settings = settingsOf(feature, parameters)
    const key = JSON.stringify([feature.detector, settings])
    const known = this.#detectors.get(key) ?? detectorFor(feature, parameters)
    this.#detectors.set(key, known)
    return known
  }

  /** True for a reading whose quality flag its rules look at. */
  accepts(quality: number): boolean {
    return !this.#ignored.includes(quality)
  }

  /** Appends the newest sample. */
  push(t: number, v: number, quality: number): void {
    this.ring.push(t, v)
    this.quality = quality
    if (++this.#sinceTrim < TRIM_EVERY) return
    this.#sinceTrim = 0
    const users = this.writer ? [...this.scopes, this.writer] : this.scopes
    this.ring.trimBefore(Math.min(...users.map(scope => scope.keepFrom)))
  }

  /** True when a sample of that time is here already: a series has one value at a time. */
  has(t: number): boolean {
    return this.ring.has(t) || this.#lateTimes.has(t)
  }

  /** Another quality flag for a sample. */
  amend(t: number, quality: number): void {
    if (t === this.ring.lastTime) this.quality = quality
  }

  /**
   * Takes a sample out; every detector over the series finds its place again.
   *
   * @returns true where scopes may have looked at it
   */
  remove(t: number): boolean {
    if (this.#lateTimes.delete(t)) {
      this.#late = this.#late.filter(sample => sample.t !== t)
      return false
    }
    if (!this.ring.remove(t)) return false
    this.#relocate()
    return true
  }

  /** Puts other values at times of before, undefined for none; every detector over the series finds its place again. */
  correct(changes: ReadonlyMap<number, number | undefined>): void {
    this.ring.correct(changes)
    this.#relocate()
  }

  /** Puts a late sample aside. @returns false when too many wait already */
  putLate(t: number, v: number, maxLate: number): boolean {
    if (this.#late.length >= maxLate) return false
    this.#late.push({ t, v })
    this.#lateTimes.add(t)
    return true
  }

  /** Puts the late samples into their places; every detector over the series finds its own again. */
  mergeLate(): void {
    if (this.#late.length === 0) return
    this.ring.merge(this.#late)
    this.#late = []
    this.#lateTimes.clear()
    this.#relocate()
  }

  #relocate(): void {
    this.#detectors.clear()
    for (const scope of this.scopes) {
      scope.relocateDetectors()
      this.#timers.schedule(scope)
    }
  }

  state(): SeriesState {
    return { ring: this.ring.state(), late: this.#late, quality: this.quality }
  }
}

/** Every time after `t` at which one of the series has a sample, ascending, each once. */
export function timesAfter(series: Iterable<Series>, t: number): number[] {
  const times = new Set<number>()
  for (const { ring } of series) for (let at = ring.after(t); at < ring.next; at++) times.add(ring.time(at))
  return [...times].sort((a, b) => a - b)
}
