import type { Feature } from '../rule.ts'
import { delta } from './delta.ts'
import type { Detector, DetectorFactory } from './detector.ts'
import { std } from './deviation.ts'
import { max, min } from './extreme.ts'
import { last } from './last.ts'
import { mean } from './mean.ts'
import { rate } from './rate.ts'
import { spread } from './spread.ts'
import { sum } from './sum.ts'

export type { Detector, DetectorFactory, Samples } from './detector.ts'

/** Every detector by the name that rules use; `last` is what a bare quantity means. */
export const DETECTORS: Readonly<Record<string, DetectorFactory>> = {
  last,
  rate,
  delta,
  mean,
  min,
  max,
  sum,
  std,
  spread,
}

/** A detector for a feature that the rule language has accepted. Throws where it does not exist: a bug. */
export function detectorFor(feature: Feature): Detector {
  const create = Object.hasOwn(DETECTORS, feature.detector) ? DETECTORS[feature.detector] : undefined
  if (!create) throw new Error(`no detector named ${feature.detector}`)
  return create(feature)
}
