import { type DetectorDefinition, numberOption } from './detector.ts'
import { type Recursion, RecursiveDetector } from './recursion.ts'
import { differenceUnit, sameUnit } from './units.ts'

/**
 * Tabular CUSUM (Page 1954, doi 10.1093/biomet/41.1-2.100; NIST/SEMATECH e-Handbook 6.3.2.3): the sum of what readings
 * are beyond target and slack, one side at a time, never below 0.
 */
const sumBeyond = (target: number, slack: number, sign: 1 | -1): Recursion<number | null> => ({
  begin: null,
  step: (state, _t, v) => Math.max(0, (state ?? 0) + sign * (v - target) - slack),
  value: state => state ?? undefined,
})

export const cusum: DetectorDefinition = {
  name: 'cusum',
  meaning:
    'what readings are above (or below) a target, added up, never below 0: sees a small shift that lasts',
  inputs: ['quantity'],
  windowed: false,
  remembers: true,
  options: {
    target: {
      kind: 'number',
      min: -1e12,
      max: 1e12,
      unit: sameUnit,
      meaning: 'the value that the readings should have',
    },
    slack: {
      kind: 'number',
      min: 0,
      max: 1e12,
      unit: differenceUnit,
      meaning: 'a reading adds what it is beyond the target and this; half the shift that is to be seen',
    },
    side: {
      kind: 'word',
      words: ['up', 'down'],
      default: 'up',
      meaning: 'readings above or below the target',
    },
  },
  unit: differenceUnit,
  create: settings =>
    new RecursiveDetector(
      sumBeyond(
        numberOption(settings, 'target'),
        numberOption(settings, 'slack'),
        settings.options.side === 'down' ? -1 : 1,
      ),
    ),
}
