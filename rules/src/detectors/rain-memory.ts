import { type DetectorSettings, numberOption } from './detector.ts'

/** Options of what rain leaves behind in the ground. */
export const MEMORY_OPTIONS = {
  gaps: {
    kind: 'word',
    words: ['unknown', 'zero'],
    default: 'unknown',
    meaning:
      'zero: time without readings was dry; unknown: after a gap the value is unknown until the gap is forgotten',
  },
  'longest-gap': {
    kind: 'duration',
    default: 86_400_000,
    meaning: 'two readings farther apart than this have a gap between them',
  },
} as const

/** The longest time between two readings over which none is missing, ms; Infinity where such time was dry. */
export const longestGapMs = (settings: DetectorSettings): number =>
  settings.options.gaps === 'zero' ? Number.POSITIVE_INFINITY : numberOption(settings, 'longest-gap')

/** An optional number, undefined where it was left out. */
export const startOption = (settings: DetectorSettings): number | undefined =>
  settings.options.start === undefined ? undefined : numberOption(settings, 'start')
