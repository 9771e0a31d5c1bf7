import type { Samples } from './detector.ts'
import type { Window } from './window.ts'

const INITIAL_CAPACITY = 16
const NONE = new Float64Array(0)

/**
 * Where the largest (or smallest) value of a moving window is: the ordinals of those samples that no later one beats, a
 * monotone queue (Lemire 2006, arXiv cs/0610046). Each sample costs amortised one step, however long the window is.
 */
export class ExtremeQueue {
  /** 1 for the largest, -1 for the smallest. */
  readonly #sign: 1 | -1
  #ordinals = NONE
  /** Places of the first and after the last of them, to be taken modulo the capacity. */
  #first = 0
  #next = 0
  /** The window as it was. */
  #tail = 0
  #head = 0

  constructor(of: 'largest' | 'smallest') {
    this.#sign = of === 'largest' ? 1 : -1
  }

  /** The extreme of a window that holds a sample at least. */
  of(samples: Samples, { tail, head }: Pick<Window, 'tail' | 'head'>): number {
    if (head < this.#head || tail < this.#tail) {
      this.#next = this.#first
      this.#head = tail
    }
    while (this.#first < this.#next && this.#at(this.#first) < tail) this.#first++
    for (let ordinal = Math.max(this.#head, tail); ordinal < head; ordinal++) {
      const value = this.#sign * samples.value(ordinal)
      while (this.#first < this.#next && this.#sign * samples.value(this.#at(this.#next - 1)) <= value)
        this.#next--
      this.#push(ordinal)
    }
    this.#tail = tail
    this.#head = head
    return samples.value(this.#at(this.#first))
  }

  /** Ordinal of the newest sample of the window, as it was asked for, whose value is beyond `limit`; the extreme is. */
  newestBeyond(samples: Samples, limit: number): number {
    let low = this.#first
    let high = this.#next
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.#sign * samples.value(this.#at(middle)) > this.#sign * limit) low = middle
      else high = middle
    }
    return this.#at(low)
  }

  #at(place: number): number {
    return this.#ordinals[place & (this.#ordinals.length - 1)] as number
  }

  #push(ordinal: number): void {
    if (this.#next - this.#first === this.#ordinals.length) this.#grow()
    this.#ordinals[this.#next++ & (this.#ordinals.length - 1)] = ordinal
  }

  #grow(): void {
    const count = this.#next - this.#first
    const ordinals = new Float64Array(Math.max(INITIAL_CAPACITY, 2 * count))
    for (let at = 0; at < count; at++) ordinals[at] = this.#at(this.#first + at)
    this.#ordinals = ordinals
    this.#first = 0
    this.#next = count
  }
}
