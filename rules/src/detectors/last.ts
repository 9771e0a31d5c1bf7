import type { Detector, DetectorFactory, Samples } from './detector.ts'

class Last implements Detector {
  #head = 0

  // Nothing is added up: there is nothing to go on from.
  readonly position = 0
  seek(): void {}

  value(samples: Samples, now: number): number | undefined {
    this.#head = Math.max(this.#head, samples.first)
    while (this.#head < samples.next && samples.time(this.#head) <= now) this.#head++
    return this.#head > samples.first ? samples.value(this.#head - 1) : undefined
  }
}

/** The newest value, however old: whether it is too old is for the rule's missing-data policy to say. */
export const last: DetectorFactory = () => new Last()
