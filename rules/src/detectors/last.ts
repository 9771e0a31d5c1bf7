import type { Detector, DetectorDefinition, Inputs } from './detector.ts'
import { sameUnit } from './units.ts'

class Last implements Detector {
  #head = 0

  value([samples]: Inputs, now: number): number | undefined {
    this.#head = Math.max(this.#head, samples.first)
    while (this.#head < samples.next && samples.time(this.#head) <= now) this.#head++
    return this.#head > samples.first ? samples.value(this.#head - 1) : undefined
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

/**
 * The newest value, however old: whether it is too old is for the rule's missing-data policy to say. Written as
 * the bare quantity.
 */
export const last: DetectorDefinition = {
  name: 'last',
  inputs: ['quantity'],
  windowed: false,
  options: {},
  unit: sameUnit,
  create: () => new Last(),
}
