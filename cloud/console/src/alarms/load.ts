import type { AlarmLoad } from '../api/shapes.ts'
import type { TextKey } from '../text/en.ts'
import { numberText } from '../text/measure.ts'

/** A figure of the load beside what one operator can bear. */
export interface LoadFigure {
  name: TextKey
  value: string
  /** At most so much. */
  target: string
  isTooMuch: boolean
}

/** The figures of ISA-18.2 that a page has room for. A target that this console does not know of is none. */
export function loadFigures(load: AlarmLoad): LoadFigure[] {
  const figure = (
    name: TextKey,
    {
      is,
      target,
      text = numberText,
    }: { is: number; target: number | undefined; text?: (n: number) => string },
  ): LoadFigure => ({
    name,
    value: text(is),
    target: target === undefined ? '' : text(target),
    isTooMuch: target !== undefined && is > target,
  })
  const { targets } = load
  return [
    figure('load.perDay', { is: load.perDay, target: targets.perDay }),
    figure('load.perHour', { is: load.perHour, target: targets.perHour }),
    figure('load.overloaded', {
      is: load.overloadedShare,
      target: targets.overloadedShare,
      text: percentText,
    }),
    figure('load.flood', { is: load.floodShare, target: targets.floodShare, text: percentText }),
    figure('load.worst', { is: load.worstShare, target: targets.worstShare, text: percentText }),
    figure('load.chattering', { is: load.chattering.length, target: targets.chattering }),
    figure('load.fleeting', { is: load.fleeting.length, target: targets.fleeting }),
    figure('load.stale', { is: load.mostStale, target: targets.mostStale }),
  ]
}

const percentText = (share: number): string => `${numberText(100 * share)} %`
