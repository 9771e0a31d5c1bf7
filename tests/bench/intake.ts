import { eventually } from '../support/api-client.ts'
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
  devices: number
  /** Readings in a message. */
  batch: number
  /** Readings a second, or `max`. */
  rate: number | 'max'
  seconds: number
}

// What was accepted and not yet committed drains in this time, or something is wrong.
const DRAIN_MS = 120_000

/** Plays a load of `picket-sim load`, a process of its own, and waits until the cloud has all of it. */
export async function measureIntake(
  installation: Installation,
  { devices, batch, rate, seconds }: LoadSettings,
): Promise<Intake> {
  const before = await countsOf(installation)
  const begun = performance.now()
  const output = await runToEnd(`${ROOT}/simulators/src/main.ts`, [
    'load',
    ...['--url', installation.fieldUrl],
    ...[
      '--devices',
      String(devices),
      '--batch',
      String(batch),
      '--rate',
      String(rate),
      '--duration',
      String(seconds),
    ],
  ])
  const load = JSON.parse(output) as { acknowledged: number; rate: number }
  const { stored } = before
  const after = await eventually(
    () => countsOf(installation),
    counts => counts.stored - stored >= load.acknowledged,
    DRAIN_MS,
  )
  const elapsedSeconds = (performance.now() - begun) / 1000
  return {
    acceptedPerSecond: Math.round(load.rate),
    committedPerSecond: Math.round(load.acknowledged / elapsedSeconds),
    readings: load.acknowledged,
    bytesPerReading: Math.round(((after.uplinkBytes - before.uplinkBytes) / load.acknowledged) * 100) / 100,
    readingsPerBatch: Math.round(load.acknowledged / (after.batches - before.batches)),
  }
}
