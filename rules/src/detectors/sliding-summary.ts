import type { Detector, DetectorSettings, Inputs, Samples } from './detector.ts'
import { Window } from './window.ts'

/** What a detector knows of a run of consecutive samples, without the samples. */
export interface Summary<S> {
  /** Forgets everything. */
  clear(): void
  /** Takes up one more sample, the newest so far. */
  add(t: number, v: number): void
  /** Takes up what another summary knows of the samples that follow. */
  append(later: S): void
  /** The value, or undefined where there is none: too few samples, or an overflow. */
  result(): number | undefined
}

// A window whose gaps are zero is looked at this often while nothing comes and it empties.
const LOOKS_IN_SILENCE = 8

/**
 * Time without readings in a sum: `zero` where it counts as nothing (the sum is always known), otherwise `unknown`.
 * For amounts such as rain only: elsewhere no reading is not a reading of 0.
 */
export const GAPS = {
  kind: 'word',
  words: ['unknown', 'zero'],
  default: 'unknown',
  meaning: 'what time without readings counts as; zero for amounts such as rain',
} as const

/** The older half of a window is summarised in blocks of this many samples. */
const BLOCK = 8

/**
 * A detector that summarises its window by adding only, never by taking away: a spike that has left leaves
 * no rounding error behind, and samples that are gone need not be known again.
 *
 * The window is cut in two at `middle` ("two stacks": Tangwongsan et al. 2015, General incremental
 * sliding-window aggregation, doi 10.14778/2752939.2752940). The newer part is one running summary; for
 * the older part there is a summary from the begin of every block up to `middle`. When the window has moved
 * past `middle`, everything in it becomes the older part, and is summarised anew.
 */
export class SlidingSummary<S extends Summary<S>> implements Detector {
  readonly #window: Window
  readonly #zeroGaps: boolean
  // A window with unknown gaps becomes unknown in silence, which the policy for missing data is for. One whose gaps
  // are zero empties, or takes up what the lag held back.
  readonly nextChange?: (inputs: Inputs, now: number) => number
  readonly #stepMs: number
  readonly #create: () => S
  readonly #newer: S
  readonly #answer: S
  /** `#older[k - 1]` summarises the `k` blocks before `#middle`. */
  #older: S[] = []
  #middle = 0
  /** Event time of the last sample before `#middle`: the same cut, whatever the ordinals. */
  #middleTime = Number.NEGATIVE_INFINITY
  /** Ordinal after the newest sample in `#newer`. */
  #taken = 0

  constructor(settings: DetectorSettings, create: () => S) {
    const { windowMs, lagMs, options } = settings
    this.#window = new Window(settings)
    this.#zeroGaps = options.gaps === 'zero'
    if (this.#zeroGaps) this.nextChange = (inputs, now) => this.#nextChange(inputs, now)
    this.#stepMs = (windowMs + lagMs) / LOOKS_IN_SILENCE
    this.#create = create
    this.#newer = create()
    this.#answer = create()
  }

  value([samples]: Inputs, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    if (window.tail >= this.#middle) this.#begin(samples)
    for (; this.#taken < window.head; this.#taken++)
      this.#newer.add(samples.time(this.#taken), samples.value(this.#taken))
    if (!this.#zeroGaps && !window.isSpanned(samples)) return undefined
    const blocks = Math.floor((this.#middle - window.tail) / BLOCK)
    const answer = this.#answer
    answer.clear()
    for (let at = window.tail; at < this.#middle - blocks * BLOCK; at++)
      answer.add(samples.time(at), samples.value(at))
    if (blocks > 0) answer.append(this.#older[blocks - 1] as S)
    answer.append(this.#newer)
    const result = answer.result()
    return result !== undefined && Number.isFinite(result) ? result : undefined
  }

  #nextChange([samples]: Inputs, now: number): number {
    const { tail, head } = this.#window
    if (tail === head && head === samples.next) return Number.POSITIVE_INFINITY
    const newest = samples.time(samples.next - 1)
    return newest + (Math.floor(Math.max(0, now - newest) / this.#stepMs) + 1) * this.#stepMs
  }

  memory(): unknown {
    return this.#middleTime
  }

  recall([samples]: Inputs, memory: unknown): void {
    this.#cut(samples, { begin: samples.first, middle: samples.after(memory as number) })
  }

  #begin(samples: Samples): void {
    this.#cut(samples, { begin: this.#window.tail, middle: this.#window.head })
  }

  // Makes [begin, middle) the older part, with nothing newer yet.
  #cut(samples: Samples, { begin, middle }: { begin: number; middle: number }): void {
    const blocks = Math.floor((middle - begin) / BLOCK)
    const older: S[] = []
    for (let block = 1; block <= blocks; block++) {
      const summary = this.#older[block - 1] ?? this.#create()
      summary.clear()
      const first = middle - block * BLOCK
      for (let at = first; at < first + BLOCK; at++) summary.add(samples.time(at), samples.value(at))
      const later = older[block - 2]
      if (later) summary.append(later)
      older.push(summary)
    }
    this.#older = older
    this.#middle = middle
    if (middle > samples.first) this.#middleTime = samples.time(middle - 1)
    this.#taken = middle
    this.#newer.clear()
  }
}
