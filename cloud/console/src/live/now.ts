import { signal } from '@preact/signals'
import { cloud } from '../api/client.ts'

const TICK_MS = 1000

/** The cloud's clock, ms UTC, moved on every second: ages are told by it, not by this machine's clock. */
export const now = signal(Date.now())

let offsetMs = 0

/** The cloud's clock at this instant. */
export const readClock = (): number => Date.now() + offsetMs

/** Asks the cloud for its time. Half of the way there and back is taken as the way back. */
export async function setClock(): Promise<void> {
  const asked = Date.now()
  const answer = await cloud.health()
  if (!answer.ok || !Number.isFinite(answer.value.time)) return
  const answered = Date.now()
  // Whole milliseconds: uPlot puts the ticks of a fraction at 07:59:59.999.
  offsetMs = Math.round(answer.value.time - (asked + answered) / 2)
  now.value = readClock()
}

/** Moves `now` on; returns what stops it. */
export function startClock(): () => void {
  const timer = setInterval(() => {
    now.value = readClock()
  }, TICK_MS)
  return () => clearInterval(timer)
}
