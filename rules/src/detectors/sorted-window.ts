import type { Detector, DetectorSettings, Inputs } from './detector.ts'
import { SortedValues } from './sorted-values.ts'
import { Window } from './window.ts'

/** Most samples in a sorted window; when it is full, the oldest goes. Two copies of each value are kept: 256 KB. */
export const MOST_SORTED = 16_384

/** A detector over the values of its window in ascending order. */
export class SortedWindow implements Detector {
  readonly #window: Window
  readonly #result: (sorted: SortedValues, newest: number) => number | undefined
  readonly #sorted = new SortedValues()
  /** The same values, oldest first: their samples may be gone when they leave. */
  #queue: number[] = []
  #gone = 0
  /** Ordinal of the first and after the last sample in it. */
  #tail = 0
  #head = 0

  /** @param result - called with one value at least */
  constructor(
    settings: DetectorSettings,
    result: (sorted: SortedValues, newest: number) => number | undefined,
  ) {
    this.#window = new Window(settings)
    this.#result = result
  }

  value([samples]: Inputs, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    window.tail = Math.max(window.tail, window.head - MOST_SORTED)
    while (this.#tail < Math.min(this.#head, window.tail)) this.#dropOldest()
    if (this.#head < window.tail) {
      this.#tail = window.tail
      this.#head = window.tail
    }
    for (; this.#head < window.head; this.#head++) {
      const value = samples.value(this.#head)
      this.#queue.push(value)
      this.#sorted.add(value)
    }
    if (!window.isSpanned(samples)) return undefined
    const result = this.#result(this.#sorted, samples.value(window.head - 1))
    return result !== undefined && Number.isFinite(result) ? result : undefined
  }

  memory(): unknown {
    return null
  }

  recall(): void {}

  #dropOldest(): void {
    this.#sorted.remove(this.#queue[this.#gone++] as number)
    this.#tail++
    if (this.#gone < MOST_SORTED) return
    this.#queue = this.#queue.slice(this.#gone)
    this.#gone = 0
  }
}
