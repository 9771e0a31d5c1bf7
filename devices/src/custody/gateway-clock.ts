import { Mark, type Reading } from '../reading.ts'

/** A gateway's clock that is off by no more is right, ms. */
export const CLOCK_TOLERANCE_MS = 2000
/** A time of a reading that is known less well is none, ms on either side. */
export const MOST_CLOCK_UNCERTAINTY_MS = 60_000

/** Whether the time of a reading is that of its gateway's clock; the gateway may speak under any of its names. */
export const isOfGatewayClock = ({ q, device }: Reading, gatewayNames: readonly string[]): boolean =>
  (q & Mark.ARRIVAL_TIME) !== 0 || gatewayNames.includes(device)
