import { type Fault, type RatingSegment, ratedFlow } from '@picket/devices'
import type { Detector, DetectorDefinition, Inputs } from './detector.ts'
import { Newest } from './newest.ts'

const MOST_SEGMENTS = 12
const NUMBER = String.raw`[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?`
const SEGMENT = new RegExp(
  `^(${NUMBER})\\.\\.(${NUMBER}) C (${NUMBER}) a (${NUMBER}) b (${NUMBER})(?: Q0 (${NUMBER}))?$`,
  'i',
)

function readSegment(text: string): RatingSegment | undefined {
  const match = SEGMENT.exec(text.trim())
  if (!match) return undefined
  const [from, to, c, a, b, q0] = match.slice(1).map(number => Number(number ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return { from, to, c, a, b, q0 }
}

const printSegment = ({ from, to, c, a, b, q0 }: RatingSegment): string =>
  `${from}..${to} C ${c} a ${a} b ${b}${q0 === 0 ? '' : ` Q0 ${q0}`}`

const segmentsOf = (text: string): (RatingSegment | undefined)[] => text.split('/').map(readSegment)

/** Reads segments `from..to C c a a b b Q0 q0`, the lowest first, a slash between them. */
function readCurve(text: string): { text: string } | { fault: Fault } {
  const segments: RatingSegment[] = []
  for (const [at, segment] of segmentsOf(text).entries()) {
    const part = text.split('/')[at]?.trim() ?? ''
    if (!segment)
      return fault(
        `segment "${part}" cannot be read`,
        'write for example 0.3..1.2 C 20 a 0.3 b 1.6, in m and m3/s',
      )
    const { from, to, c, a, b } = segment
    if (!(from < to)) return fault(`segment "${part}" ends before it begins`)
    if (!(c > 0 && b > 0)) return fault(`segment "${part}": C and b must be above 0`)
    if (a > from)
      return fault(`segment "${part}" begins below its own zero flow a = ${a}`, 'begin it at a or above')
    const before = segments.at(-1)
    if (before && from < before.to) return fault(`segment "${part}" begins below the end of the one before`)
    segments.push(segment)
  }
  if (segments.length > MOST_SEGMENTS) return fault(`more than ${MOST_SEGMENTS} segments`)
  return { text: segments.map(printSegment).join(' / ') }
}

const fault = (message: string, hint?: string): { fault: Fault } => ({
  fault: { code: 'feature-option', message: `curve: ${message}`, ...(hint === undefined ? {} : { hint }) },
})

class RatingCurve implements Detector {
  readonly #newest = new Newest()
  readonly #segments: readonly RatingSegment[]

  constructor(segments: readonly RatingSegment[]) {
    this.#segments = segments
  }

  value([samples]: Inputs, now: number): number | undefined {
    const at = this.#newest.at(samples, now)
    if (at === undefined) return undefined
    const stage = samples.value(at)
    const segment = this.#segments.find(({ from, to }) => stage >= from && stage <= to)
    return segment && ratedFlow(stage, segment)
  }

  memory(): unknown {
    return null
  }

  recall(): void {}
}

/**
 * Discharge from stage, m3/s from m: Q = C (h - a)^b + Q0 in segments (ISO 18320:2020). Outside every segment's range of
 * validity the discharge is unknown: a curve is not to be drawn on beyond its gaugings.
 */
export const ratingCurve: DetectorDefinition = {
  name: 'rating-curve',
  meaning:
    'discharge in m3/s from the water level in m: Q = C (h - a)^b + Q0 in segments, unknown outside of them',
  inputs: ['stage'],
  windowed: false,
  options: {
    curve: {
      kind: 'text',
      read: readCurve,
      examples: ['0.3..1.2 C 20 a 0.3 b 1.6', '0..1 C 9.5 a -0.2 b 1.5 / 1..4.5 C 12 a 0.1 b 1.9 Q0 -2'],
      meaning: 'segments from..to C c a a b b Q0 q0, a slash between them',
    },
  },
  unit: ([unit]) => (unit === 'm' ? 'm3/s' : undefined),
  create: ({ options }) => new RatingCurve(segmentsOf(options.curve as string) as RatingSegment[]),
}
