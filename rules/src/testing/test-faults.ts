import { type Fault, parseDuration } from '@picket/devices'
import type { EngineDevice } from '../engine/event.ts'
import { didYouMean } from '../language/nearest.ts'

/** Notes a fault at a place within a test. */
export type Report = (path: readonly (string | number)[], fault: Fault) => void

/** The fault for a device that a test does not have. */
export const unknownDevice = (id: string, devices: readonly EngineDevice[]): Fault => ({
  code: 'test-device',
  message: `this test has no device "${id}"`,
  hint: didYouMean(
    id,
    devices.map(device => device.id),
  ),
})

/** A duration in whole ms; reports a text that is none, and answers 0. */
export function readDuration(text: string, path: readonly (string | number)[], report: Report): number {
  const ms = parseDuration(text)
  if (ms !== undefined && Number.isSafeInteger(ms)) return ms
  report(path, {
    code: 'duration',
    message: `${path.at(-1)}: "${text}" is no duration`,
    hint: 'write for example 0s, 90s, 10m or 1h30m',
  })
  return 0
}
