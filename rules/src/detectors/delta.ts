import type { Detector, DetectorDefinition, DetectorSettings, Inputs } from './detector.ts'
import { differenceUnit } from './units.ts'
import { Window } from './window.ts'

class Delta implements Detector {
  readonly #window: Window

  constructor(settings: DetectorSettings) {
    this.#window = new Window(settings)
  }

  value([samples]: Inputs, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    if (!window.isSpanned(samples)) return undefined
    const delta = samples.value(window.head - 1) - samples.value(window.tail)
    return Number.isFinite(delta) ? delta : undefined
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

/** The newest value in the window minus the oldest. */
export const delta: DetectorDefinition = {
  name: 'delta',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: differenceUnit,
  create: settings => new Delta(settings),
}
