import type { Detector, DetectorDefinition, DetectorSettings, Inputs } from './detector.ts'
import {
  type Bounds,
  type Change,
  LOST_BY_DIFFERENCE,
  MOST_IN_DIFFERENCE,
  type Outlook,
  outlookOver,
  type Range,
} from './outlook.ts'
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

  outlook([samples]: Inputs, _now: number, bounds: Bounds): Outlook | undefined {
    return outlookOver(this.#window, samples, change => rangeOf(bounds, change))
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

// The newest value has to keep its distance from each sample that may become the oldest.
function rangeOf({ low, high }: Bounds, { samples, tail, head, steps }: Change): Range | undefined {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (let at = tail; at <= tail + steps; at++) {
    lowest = Math.min(lowest, samples.value(at))
    highest = Math.max(highest, samples.value(at))
  }
  const least = Math.max(low + highest, -MOST_IN_DIFFERENCE)
  const most = Math.min(high + lowest, MOST_IN_DIFFERENCE)
  const above = least + LOST_BY_DIFFERENCE * (Math.abs(least) + Math.abs(highest))
  const below = most - LOST_BY_DIFFERENCE * (Math.abs(most) + Math.abs(lowest))
  const newest = samples.value(head - 1)
  return newest > above && newest < below ? { above, below } : undefined
}

export const delta: DetectorDefinition = {
  name: 'delta',
  meaning: 'newest reading minus oldest',
  inputs: ['quantity'],
  windowed: true,
  isTimeless: true,
  options: {},
  unit: differenceUnit,
  create: settings => new Delta(settings),
}
