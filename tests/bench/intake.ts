import { setTimeout as pause } from 'node:timers/promises'
import type { Installation } from '../support/installation.ts'
import { ROOT } from '../support/installation.ts'
import { runToEnd } from '../support/program.ts'
import { countsOf } from './metrics.ts'

/** How much went through the whole path, from MQTT at the gateway to the acknowledged commit in the cloud. */
export interface Intake {
  /** Readings that a sensor got an acknowledgement for, a second. */
  acceptedPerSecond: number
  /** Readings committed in the cloud a second, from the first publication to the last commit. */
  committedPerSecond: number
  readings: number
  /** MQTT payload bytes on the uplink. */
  bytesPerReading: number
  readingsPerBatch: number
}

export interface LoadSettings {
  /** Readings in a message. */
  batch: number
  /** Readings a second, or `max`. */
  rate: number | 'max'
  seconds: number
}

const SETTLE_POLL_MS = 50

/** Plays a load of `picket-sim load`, a process of its own, and waits until the cloud has all of it. */
export async function measureIntake(
  installation: Installation,
  { batch, rate, seconds }: LoadSettings,
): Promise<Intake> {
  const before = await countsOf(installation)
  const begun = performance.now()
  const output = await runToEnd(`${ROOT}/simulators/src/main.ts`, [
    'load',
    ...['--url', installation.fieldUrl],
    ...['--batch', String(batch), '--rate', String(rate), '--duration', String(seconds)],
  ])
  const load = JSON.parse(output) as { acknowledged: number; rate: number }
  let after = await countsOf(installation)
  while (after.stored - before.stored < load.acknowledged) {
    await pause(SETTLE_POLL_MS)
    after = await countsOf(installation)
  }
  const elapsedSeconds = (performance.now() - begun) / 1000
  return {
    acceptedPerSecond: Math.round(load.rate),
    committedPerSecond: Math.round(load.acknowledged / elapsedSeconds),
    readings: load.acknowledged,
    bytesPerReading: Math.round(((after.uplinkBytes - before.uplinkBytes) / load.acknowledged) * 100) / 100,
    readingsPerBatch: Math.round(load.acknowledged / (after.batches - before.batches)),
  }
}
