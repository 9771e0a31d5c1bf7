import type { Detector, DetectorDefinition, DetectorSettings, Inputs } from './detector.ts'
import { ExtremeQueue } from './extreme-queue.ts'
import { type Bounds, LOST_BY_DIFFERENCE, MOST_IN_DIFFERENCE, type Outlook, outlookUntil } from './outlook.ts'
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

  // Further samples may widen it by what is left to the upper bound, half on either side; a high and a low one that are
  // further apart than the lower bound have to stay in the window.
  outlook([samples]: Inputs, now: number, { low, high }: Bounds): Outlook | undefined {
    const spread = this.value([samples], now)
    if (spread === undefined) return undefined
    const window = this.#window
    const highest = this.#highs.of(samples, window)
    const lowest = this.#lows.of(samples, window)
    const rounding = LOST_BY_DIFFERENCE * Math.max(Math.abs(highest), Math.abs(lowest))
    const wider =
      ((Math.min(high, 2 * MOST_IN_DIFFERENCE) - spread) / 2) * (1 - LOST_BY_DIFFERENCE) - rounding
    const narrower = ((spread - low) / 2) * (1 - LOST_BY_DIFFERENCE) - rounding
    if (!(wider > 0 && narrower > 0)) return undefined
    const stayUntil = Math.min(
      window.leavesAt(samples, this.#highs.newestBeyond(samples, highest - narrower)),
      window.leavesAt(samples, this.#lows.newestBeyond(samples, lowest + narrower)),
    )
    return outlookUntil(window, samples, {
      above: Math.max(lowest - wider, -MOST_IN_DIFFERENCE),
      below: Math.min(highest + wider, MOST_IN_DIFFERENCE),
      until: Math.min(window.spannedUntil(samples), stayUntil),
    })
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

export const spread: DetectorDefinition = {
  name: 'spread',
  meaning: 'largest reading minus smallest',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: differenceUnit,
  create: settings => new Spread(settings),
}
