import type { Feature } from '../rule.ts'
import type { Detector, Samples } from './detector.ts'
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

/** The older half of a window is summarised in blocks of this many samples. */
const BLOCK = 32

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
  readonly #create: () => S
  readonly #newer: S
  readonly #answer: S
  /** `#older[k - 1]` summarises the `k` blocks before `#middle`. */
  #older: S[] = []
  #middle = 0
  /** Ordinal after the newest sample in `#newer`. */
  #taken = 0

  constructor(feature: Feature, create: () => S) {
    this.#window = new Window(feature)
    this.#zeroGaps = feature.gaps === 'zero'
    this.#create = create
    this.#newer = create()
    this.#answer = create()
  }

  value(samples: Samples, now: number): number | undefined {
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

  get position(): number {
    return this.#middle
  }

  seek(samples: Samples, position: number): void {
    this.#cut(samples, { begin: samples.first, middle: Math.max(position, samples.first) })
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
    this.#taken = middle
    this.#newer.clear()
  }
}
