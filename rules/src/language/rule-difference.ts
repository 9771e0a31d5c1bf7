import { formatDuration } from '@picket/devices'
import type { Rule } from '../rule.ts'
import { printSeasonRange } from '../season.ts'
import { printFeature } from './feature-text.ts'

/** One thing in which two versions of a rule differ; null where a version has no such thing. */
export interface RuleDifference {
  /** Where it stands in the rule, such as `parameters.limit` or `levels.red.for`. */
  place: string
  before: string | null
  after: string | null
}

/** What two versions of a rule differ in, in the order of the rule's text. */
export function ruleDifferences(before: Rule, after: Rule): RuleDifference[] {
  const [old, now] = [placesOf(before), placesOf(after)]
  return [...new Set([...now.keys(), ...old.keys()])]
    .filter(place => old.get(place) !== now.get(place))
    .map(place => ({ place, before: old.get(place) ?? null, after: now.get(place) ?? null }))
}

function placesOf(rule: Rule): Map<string, string> {
  const { missing, quality } = rule
  return new Map([
    ['name.en', rule.name.en],
    ['name.zh', rule.name.zh],
    ['message.en', rule.message.en],
    ['message.zh', rule.message.zh],
    ['lifeSafety', String(rule.lifeSafety)],
    ['per', rule.per],
    ...Object.entries(rule.with).map(([name, other]) => [`with.${name}`, JSON.stringify(other)] as const),
    ...Object.entries(rule.select).map(([key, value]) => [`select.${key}`, String(value)] as const),
    ...rule.features.map(feature => [`features.${feature.name}`, printFeature(feature)] as const),
    ...rule.parameters.flatMap(parameterPlaces),
    ...rule.record.map(
      ({ quantity, feature, name }) => [`record.${quantity}`, `${feature}, ${name.en} / ${name.zh}`] as const,
    ),
    ...rule.levels.flatMap(levelPlaces),
    [
      'missing.after',
      missing.afterMs === undefined ? `${missing.intervals} intervals` : formatDuration(missing.afterMs),
    ],
    ['missing.then', missing.then],
    ['quality', JSON.stringify(quality)],
    ['season', rule.season.map(printSeasonRange).join(', ')],
    ['utcOffset', formatDuration(rule.utcOffsetMs)],
    ['notify', rule.notify.join(', ')],
    ['runs', rule.runs],
    ['switch', rule.switches.map(({ output, from }) => `${output} from ${from}`).join(', ')],
    ['latch', String(rule.latch)],
    ...(rule.flap ? [['flap', `above ${rule.flap.above} %, below ${rule.flap.below} %`] as const] : []),
    ...(rule.escalate.length > 0 ? [['escalate', JSON.stringify(rule.escalate)] as const] : []),
    ...(rule.inhibits ? [['inhibits', JSON.stringify(rule.inhibits)] as const] : []),
  ])
}

function parameterPlaces({ name, value, unit, min, max, reason, seasons }: Rule['parameters'][number]) {
  const place = `parameters.${name}`
  return [
    [place, `${value} ${unit}`],
    [`${place}.bounds`, `${min} to ${max} ${unit}`],
    [`${place}.reason`, reason],
    ...seasons.map(({ range, value }) => [`${place}.seasons.${printSeasonRange(range)}`, `${value} ${unit}`]),
  ] as [string, string][]
}

function levelPlaces({ level, on, off, forMs, clearForMs }: Rule['levels'][number]) {
  const place = `levels.${level}`
  return [
    [`${place}.when`, on.text],
    ...(off ? [[`${place}.until`, off.text]] : []),
    [`${place}.for`, formatDuration(forMs)],
    [`${place}.clearFor`, formatDuration(clearForMs)],
  ] as [string, string][]
}
