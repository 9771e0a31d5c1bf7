import type { Detector, DetectorDefinition, DetectorSettings, Inputs } from './detector.ts'
import { ExtremeQueue } from './extreme-queue.ts'
import { sameUnit } from './units.ts'
import { Window } from './window.ts'

class Extreme implements Detector {
  readonly #window: Window
  readonly #queue: ExtremeQueue

  constructor(settings: DetectorSettings, of: 'largest' | 'smallest') {
    this.#window = new Window(settings)
    this.#queue = new ExtremeQueue(of)
  }

  value([samples]: Inputs, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    return window.isSpanned(samples) ? this.#queue.of(samples, window) : undefined
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

/** The smallest value in the window. */
export const min: DetectorDefinition = {
  name: 'min',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new Extreme(settings, 'smallest'),
}

/** The largest value in the window. */
export const max: DetectorDefinition = {
  name: 'max',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new Extreme(settings, 'largest'),
}
