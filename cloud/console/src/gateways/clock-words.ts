import type { ClockCorrection } from '../api/shapes.ts'
import { t } from '../text/language.ts'
import { numberText } from '../text/measure.ts'
import { durationText, exactText } from '../text/time.ts'
import { rangesText } from './custody.ts'

/** As the custody contract has them: a clock off by less is right; a time that is known less well is none. */
const TOLERANCE_MS = 2000
const MOST_UNCERTAIN_MS = 60_000

/** What became of the times that a gateway's clock gave, in words. */
export function clockWords(correction: ClockCorrection): string {
  const { by, reason, waiting } = correction
  const words = [stretchWords(correction)]
  if (by !== null) words.push(t('custody.clockTold', { by, reason: reason ?? '' }))
  else if (waiting > 0) words.push(t('custody.clockWaiting', { count: numberText(waiting) }))
  return words.join(' ')
}

function stretchWords(correction: ClockCorrection): string {
  const { offsetMs, uncertaintyMs, stampedFromMs, first, last, at } = correction
  const range = rangesText([[first, last]], 1).text
  const epoch = correction.epoch.slice(0, 8)
  if (uncertaintyMs > MOST_UNCERTAIN_MS) {
    const middle = stampedFromMs + offsetMs
    const [from, to] = [exactText(middle - uncertaintyMs), exactText(middle + uncertaintyMs)]
    return t('custody.clockUnknown', { epoch, range, from, to })
  }
  if (Math.abs(offsetMs) <= TOLERANCE_MS) return t('custody.clockRight', { epoch, range })
  const key = offsetMs > 0 ? 'custody.clockBehind' : 'custody.clockAhead'
  return t(key, { epoch, range, time: durationText(Math.abs(offsetMs)), at: exactText(at) })
}

/** How a gateway's own clock stands, by its last report in seconds. */
export function aheadWords(aheadS: number): { text: string; bad: boolean } {
  const aheadMs = aheadS * 1000
  if (Math.abs(aheadMs) <= TOLERANCE_MS) return { text: t('gateways.clockRight'), bad: false }
  const key = aheadMs > 0 ? 'gateways.clockAhead' : 'gateways.clockBehind'
  return { text: t(key, { time: durationText(Math.abs(aheadMs)) }), bad: true }
}
