import { parseDuration, parseSeason, type QuantityModel } from '@picket/devices'
import type { AttenuatedTest } from './attenuated-signal.ts'
import type { SeasonRange } from './climatology.ts'
import type { FlatLineTest } from './flat-line.ts'
import type { MultiVariateTest } from './multi-variate.ts'
import type { NeighbourTest } from './neighbour.ts'
import type { RateOfChangeTest } from './rate-of-change.ts'
import type { SpikeTest } from './spike.ts'

/** The tests of one series, made ready; what is undefined is not tested. */
export interface SeriesTests {
  reference: boolean
  ranges: Pick<QuantityModel, 'span' | 'use'>
  gapMs: number
  seasons: readonly SeasonRange[] | undefined
  spike: SpikeTest | undefined
  rateOfChange: RateOfChangeTest | undefined
  flatLine: FlatLineTest | undefined
  attenuated: AttenuatedTest | undefined
  multiVariate: MultiVariateTest | undefined
  neighbour: NeighbourTest | undefined
}

const DEFAULT_GAP_INTERVALS = 3

/**
 * @param quantity - as its model describes it, checked
 * @param intervalMs - usual time between two reports
 */
export function seriesTests({ span, use, tests }: QuantityModel, intervalMs: number): SeriesTests {
  const reference = tests?.reference ?? false
  const { climatology, spike, rateOfChange, flatLine, attenuated, multiVariate, neighbour } = tests ?? {}
  return {
    reference,
    ranges: { ...(span && { span }), ...(use && { use }) },
    gapMs: tests?.gap === undefined ? DEFAULT_GAP_INTERVALS * intervalMs : ms(tests.gap),
    seasons: climatology?.map(({ season, use: [low, high] }) => {
      const [first, last] = parseSeason(season) as [number, number]
      return { first, last, low, high }
    }),
    spike: spike && { suspect: spike.suspect, fail: spike.fail, reference },
    rateOfChange: rateOfChange && {
      suspect: rateOfChange.suspect,
      fail: rateOfChange.fail,
      perMs: ms(rateOfChange.per),
      reference,
    },
    flatLine: flatLine && {
      tolerance: flatLine.tolerance,
      suspectMs: ms(flatLine.suspect),
      failMs: flatLine.fail === undefined ? undefined : ms(flatLine.fail),
      intervalMs,
      reference,
    },
    attenuated: attenuated && {
      windowMs: ms(attenuated.window),
      suspect: attenuated.suspect,
      fail: attenuated.fail,
    },
    multiVariate: multiVariate && { ...multiVariate, perMs: ms(multiVariate.per) },
    neighbour: neighbour && { suspect: neighbour.suspect, withinMs: ms(neighbour.within) },
  }
}

const ms = (text: string): number => parseDuration(text) as number
