import type { Detector, DetectorSettings, Inputs, Samples } from './detector.ts'
import { type Bounds, type Change, type Outlook, outlookOver, type Range } from './outlook.ts'
import { Window } from './window.ts'

/** What a detector knows of a run of consecutive samples, without the samples. */
export interface Summary<S> {
  /** How many numbers it keeps. */
  readonly width: number
  /** Forgets everything. */
  clear(): void
  /** Takes up the samples `[from, to)`, the newest so far. */
  add(samples: Samples, from: number, to: number): void
  /** Takes up what another summary knows of the samples that follow. */
  append(later: S): void
  /** Writes its numbers down from `at` on. */
  save(numbers: Float64Array, at: number): void
  /** Becomes the summary whose numbers were written down there. */
  load(numbers: Float64Array, at: number): void
  /** The value, or undefined where there is none: too few samples, or an overflow. */
  result(): number | undefined
  /**
   * Where samples that come have to lie, while the oldest leave, for the result of what is then there to lie between
   * bounds, rounding included. To be called with the window of which it is the summary. Absent where this is not known.
   */
  rangeOf?(bounds: Bounds, change: Change): Range | undefined
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

const NO_BLOCKS = new Float64Array(0)

/**
 * A detector that summarises its window by adding only, never by taking away: a spike that has left leaves
 * no rounding error behind, and samples that are gone need not be known again.
 *
 * The window is cut in two at `middle` ("two stacks": Tangwongsan et al. 2015, General incremental
 * sliding-window aggregation, doi 10.14778/2752939.2752940). The newer part is one running summary; for
 * the older part there is a summary from the begin of every block up to `middle`. Where the cut is depends on the
 * window alone, not on when it was looked at: the value is the same to the last bit whoever asks for it, after a
 * restart, and after late samples have found their places.
 */
export class SlidingSummary<S extends Summary<S>> implements Detector {
  readonly #window: Window
  readonly #windowMs: number
  readonly #zeroGaps: boolean
  // A window with unknown gaps becomes unknown in silence, which the policy for missing data is for. One whose gaps
  // are zero empties, or takes up what the lag held back.
  readonly nextChange?: (inputs: Inputs, now: number) => number
  readonly #stepMs: number
  readonly #newer: S
  readonly #answer: S
  readonly #block: S
  /** The summary of the `k` blocks before `#middle` begins at `(k - 1) * width`. */
  #older = NO_BLOCKS
  /** Between these event times of the window's end the time of the cut is the same. */
  #cutTime = Number.NaN
  #nextCutTime = Number.NaN
  /** Ordinal of the first sample after the time of the cut. */
  #timeMiddle = 0
  #middle = -1
  #now = Number.NEGATIVE_INFINITY
  /** Ordinal after the newest sample in `#newer`. */
  #taken = 0
  /** The answer at `#now`, as of the sample with which the series then ended. */
  #value: number | undefined
  #next = Number.NaN

  constructor(settings: DetectorSettings, create: () => S) {
    const { windowMs, lagMs, options } = settings
    this.#window = new Window(settings)
    this.#windowMs = windowMs
    this.#zeroGaps = options.gaps === 'zero'
    if (this.#zeroGaps) this.nextChange = (inputs, now) => this.#nextChange(inputs, now)
    this.#stepMs = (windowMs + lagMs) / LOOKS_IN_SILENCE
    this.#newer = create()
    this.#answer = create()
    this.#block = create()
  }

  value([samples]: Inputs, now: number): number | undefined {
    if (now !== this.#now || samples.next !== this.#next) {
      if (now < this.#now) this.#middle = -1
      this.#now = now
      this.#next = samples.next
      this.#value = this.#valueAt(samples, now)
    }
    return this.#value
  }

  outlook([samples]: Inputs, _now: number, bounds: Bounds): Outlook | undefined {
    const answer = this.#answer
    if (this.#zeroGaps || !answer.rangeOf) return undefined
    return outlookOver(this.#window, samples, change => answer.rangeOf?.(bounds, change))
  }

  #valueAt(samples: Samples, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    const middle = this.#middleOf(samples)
    if (middle !== this.#middle) this.#cut(samples, middle)
    const { tail, head } = window
    if (this.#taken < head) {
      this.#newer.add(samples, this.#taken, head)
      this.#taken = head
    }
    if (!this.#zeroGaps && !window.isSpanned(samples)) return undefined
    const result = this.#summaryFrom(samples, tail).result()
    return result !== undefined && Number.isFinite(result) ? result : undefined
  }

  #summaryFrom(samples: Samples, tail: number): S {
    const answer = this.#answer
    const count = this.#middle - tail
    const blocks = Math.floor(count / BLOCK)
    const block = (blocks - 1) * answer.width
    const begin = this.#middle - blocks * BLOCK
    if (tail < begin) {
      answer.clear()
      answer.add(samples, tail, begin)
      if (blocks > 0) {
        this.#block.load(this.#older, block)
        answer.append(this.#block)
      }
    } else if (blocks > 0) answer.load(this.#older, block)
    else answer.clear()
    answer.append(this.#newer)
    return answer
  }

  #nextChange([samples]: Inputs, now: number): number {
    const window = this.#window
    window.advance(samples, now)
    const { tail, head } = window
    if (tail === head && head === samples.next) return Number.POSITIVE_INFINITY
    const newest = samples.time(samples.next - 1)
    return newest + (Math.floor(Math.max(0, now - newest) / this.#stepMs) + 1) * this.#stepMs
  }

  memory(): unknown {
    return null
  }

  recall(): void {}

  // Where the window's end was last a whole multiple of its length ago. Where no sample of the window is so old (the
  // ring was full, or a gap ended), at a round ordinal: as far apart as the window is long, too.
  #middleOf(samples: Samples): number {
    const { end, tail, head } = this.#window
    if (!(end >= this.#cutTime && end < this.#nextCutTime)) {
      this.#cutTime = Math.floor(end / this.#windowMs) * this.#windowMs
      this.#nextCutTime = this.#cutTime + this.#windowMs
      this.#timeMiddle = samples.after(this.#cutTime)
    }
    // A sample of that very time may come after another series has asked.
    let after = Math.max(this.#timeMiddle, samples.first)
    while (after < samples.next && samples.time(after) <= this.#cutTime) after++
    this.#timeMiddle = after
    if (tail === head) return head
    if (tail < this.#timeMiddle) return this.#timeMiddle
    const apart = 2 ** (31 - Math.clz32(head - tail))
    return Math.floor(head / apart) * apart
  }

  // Makes [tail, middle) the older part, with nothing newer yet.
  #cut(samples: Samples, middle: number): void {
    const { width } = this.#newer
    const blocks = Math.max(0, Math.floor((middle - this.#window.tail) / BLOCK))
    if (this.#older.length < blocks * width) this.#older = new Float64Array(blocks * width)
    const block = this.#block
    const after = this.#answer
    after.clear()
    for (let at = 0; at < blocks; at++) {
      const first = middle - (at + 1) * BLOCK
      block.clear()
      block.add(samples, first, first + BLOCK)
      block.append(after)
      block.save(this.#older, at * width)
      after.load(this.#older, at * width)
    }
    this.#middle = middle
    this.#taken = middle
    this.#newer.clear()
  }
}
