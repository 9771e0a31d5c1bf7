import type { Detector, DetectorDefinition, DetectorSettings, Inputs } from './detector.ts'
import { ExtremeQueue } from './extreme-queue.ts'
import { differenceUnit } from './units.ts'
import { Window } from './window.ts'

/** Largest value minus smallest. */
export class Spread implements Detector {
  readonly #window: Window
  readonly #highs = new ExtremeQueue('largest')
  readonly #lows = new ExtremeQueue('smallest')

  constructor(settings: DetectorSettings) {
    this.#window = new Window(settings)
  }

  value([samples]: Inputs, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    if (!window.isSpanned(samples)) return undefined
    const spread = this.#highs.of(samples, window) - this.#lows.of(samples, window)
    return Number.isFinite(spread) ? spread : undefined
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

/** Largest value minus smallest: what stays near 0 when a sensor is stuck. */
export const spread: DetectorDefinition = {
  name: 'spread',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: differenceUnit,
  create: settings => new Spread(settings),
}
