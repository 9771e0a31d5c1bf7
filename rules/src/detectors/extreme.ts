import type { Detector, DetectorDefinition, DetectorSettings, Inputs } from './detector.ts'
import { ExtremeQueue } from './extreme-queue.ts'
import { type Bounds, type Outlook, outlookUntil } from './outlook.ts'
import { sameUnit } from './units.ts'
import { Window } from './window.ts'

class Extreme implements Detector {
  readonly #window: Window
  readonly #queue: ExtremeQueue
  readonly #of: 'largest' | 'smallest'

  constructor(settings: DetectorSettings, of: 'largest' | 'smallest') {
    this.#window = new Window(settings)
    this.#queue = new ExtremeQueue(of)
    this.#of = of
  }

  value([samples]: Inputs, now: number): number | undefined {
    const window = this.#window
    window.advance(samples, now)
    return window.isSpanned(samples) ? this.#queue.of(samples, window) : undefined
  }

  // No sample may pass the one bound; one that is beyond the other has to stay in the window.
  outlook([samples]: Inputs, _now: number, { low, high }: Bounds): Outlook {
    const isLargest = this.#of === 'largest'
    const witness = this.#queue.newestBeyond(samples, isLargest ? low : high)
    return outlookUntil(this.#window, samples, {
      above: isLargest ? Number.NEGATIVE_INFINITY : low,
      below: isLargest ? high : Number.POSITIVE_INFINITY,
      until: Math.min(this.#window.spannedUntil(samples), this.#window.leavesAt(samples, witness)),
    })
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

export const min: DetectorDefinition = {
  name: 'min',
  meaning: 'smallest reading',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new Extreme(settings, 'smallest'),
}

export const max: DetectorDefinition = {
  name: 'max',
  meaning: 'largest reading',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: settings => new Extreme(settings, 'largest'),
}
