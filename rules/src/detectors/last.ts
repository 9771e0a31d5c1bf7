import type { Detector, DetectorDefinition, Inputs } from './detector.ts'
import { Newest } from './newest.ts'
import type { Bounds, Outlook } from './outlook.ts'
import { sameUnit } from './units.ts'

class Last implements Detector {
  readonly #newest = new Newest()

  value([samples]: Inputs, now: number): number | undefined {
    const at = this.#newest.at(samples, now)
    return at === undefined ? undefined : samples.value(at)
  }

  outlook([samples]: Inputs, _now: number, { low, high }: Bounds): Outlook {
    const from = samples.next - 1
    return { above: low, below: high, until: Number.POSITIVE_INFINITY, from, to: Number.POSITIVE_INFINITY }
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
  meaning: 'the newest reading, however old',
  inputs: ['quantity'],
  windowed: false,
  isTimeless: true,
  options: {},
  unit: sameUnit,
  create: () => new Last(),
}
