import type { QualityTests } from '@picket/devices'
import { SeriesJudge, type Surroundings } from './series-judge.ts'
import { type SeriesTests, seriesTests } from './series-tests.ts'

const T0 = Date.UTC(2026, 0, 1)

/** A series that is judged in a test. */
export interface JudgedSeries {
  tests: Omit<QualityTests, 'source'>
  span?: [number, number]
  intervalMs?: number
  /** ms after the start of the test; one interval apart if absent. */
  times?: readonly number[]
}

const NOTHING_AROUND: Surroundings = { stepOf: () => undefined, neighbours: () => [] }

/** The tests of a series as a model would have them. */
const testsOf = ({ tests, span, intervalMs = 60_000 }: JudgedSeries): SeriesTests =>
  seriesTests(
    {
      name: { en: 'Level', zh: '水位' },
      unit: 'm',
      source: 'a test',
      ...(span && { span }),
      tests: { source: 'a test', ...tests },
    },
    intervalMs,
  )

/** The flags of values that come in their order, after all amendments. */
export function flagsOf(values: readonly number[], series: JudgedSeries): number[] {
  const judge = new SeriesJudge(testsOf(series))
  const { intervalMs = 60_000, times = values.map((_, at) => at * intervalMs) } = series
  const flags: number[] = []
  values.forEach((v, at) => {
    const { flag, amended } = judge.take({ t: T0 + (times[at] as number), v, q: 0 }, NOTHING_AROUND)
    if (amended) flags[times.indexOf(amended.t - T0)] = amended.q
    flags.push(flag)
  })
  return flags
}
