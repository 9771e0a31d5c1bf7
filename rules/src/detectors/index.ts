import type { Feature } from '../rule.ts'
import { antecedentRain } from './antecedent-rain.ts'
import { cusum } from './cusum.ts'
import { delta } from './delta.ts'
import type { Detector, DetectorDefinition, DetectorSettings } from './detector.ts'
import { std } from './deviation.ts'
import { ewma } from './ewma.ts'
import { max, min } from './extreme.ts'
import { failureTime } from './failure-time.ts'
import { hampel } from './hampel.ts'
import { last } from './last.ts'
import { mean } from './mean.ts'
import { p3p15 } from './p3-p15.ts'
import { quantile } from './quantile.ts'
import { rainThreshold } from './rain-threshold.ts'
import { rate } from './rate.ts'
import { ratingCurve } from './rating-curve.ts'
import { rise } from './rise.ts'
import { silent, since, unchanged } from './silence.ts'
import { spread } from './spread.ts'
import { stuck } from './stuck.ts'
import { sum } from './sum.ts'
import { tangentAngle } from './tangent-angle.ts'
import { ageing, hotSpot, hotSpotRise, topOil } from './transformer.ts'
import { unbalance } from './unbalance.ts'
import { waterIndex } from './water-index.ts'

export type {
  Detector,
  DetectorDefinition,
  Inputs,
  OptionDefinition,
  Samples,
} from './detector.ts'

/** Every detector by the name that rules use; `last` is what a bare quantity means. */
export const DETECTORS: ReadonlyMap<string, DetectorDefinition> = new Map(
  [
    last,
    rate,
    delta,
    rise,
    mean,
    min,
    max,
    sum,
    std,
    spread,
    quantile,
    ewma,
    cusum,
    hampel,
    stuck,
    silent,
    since,
    unchanged,
    tangentAngle,
    failureTime,
    rainThreshold,
    p3p15,
    antecedentRain,
    waterIndex,
    ratingCurve,
    topOil,
    hotSpot,
    hotSpotRise,
    ageing,
    unbalance,
  ].map(definition => [definition.name, definition]),
)

/** The definition behind a feature that the rule language has accepted. Throws where there is none: a bug. */
export function definitionOf({ detector }: Pick<Feature, 'detector'>): DetectorDefinition {
  const definition = DETECTORS.get(detector)
  if (!definition) throw new Error(`no detector named ${detector}`)
  return definition
}

/**
 * A detector for a feature that the rule language has accepted.
 *
 * @param parameters - values of the rule's parameters in the scope: options may name them
 */
export function detectorFor(
  feature: Feature,
  parameters: Readonly<Record<string, number | undefined>> = {},
): Detector {
  return definitionOf(feature).create(settingsOf(feature, parameters))
}

/** What a feature's detector is made from. */
export function settingsOf(
  feature: Feature,
  parameters: Readonly<Record<string, number | undefined>>,
): DetectorSettings {
  const { options: known } = definitionOf(feature)
  const options: Record<string, number | string> = { ...feature.options }
  for (const [name, value] of Object.entries(options)) {
    if (known[name]?.kind === 'number') options[name] = parameters[value] ?? value
  }
  return { windowMs: feature.windowMs, lagMs: feature.lagMs, options }
}

/** True for a feature whose options name a parameter of the rule. */
export function namesParameter(feature: Feature): boolean {
  const { options } = definitionOf(feature)
  return Object.entries(feature.options).some(
    ([name, value]) => options[name]?.kind === 'number' && typeof value === 'string',
  )
}

/** How far back from its clock a feature needs samples, ms. */
export const reachOf = (feature: Feature): number =>
  feature.windowMs + feature.lagMs + (definitionOf(feature).reachMs ?? 0)
