import type { Feature } from '../rule.ts'
import type { Detector, DetectorFactory, Samples } from './detector.ts'
import { Window } from './window.ts'

class Delta implements Detector {
  readonly #window: Window

  constructor(feature: Feature) {
    this.#window = new Window(feature)
  }

  // Nothing is added up: there is nothing to go on from.
  readonly position = 0
  seek(): void {}

  value(samples: Samples, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    if (!window.isSpanned(samples)) return undefined
    const delta = samples.value(window.head - 1) - samples.value(window.tail)
    return Number.isFinite(delta) ? delta : undefined
  }
}

/** The newest value in the window minus the oldest. */
export const delta: DetectorFactory = feature => new Delta(feature)
