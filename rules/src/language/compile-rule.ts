import { type Fault, type ModelLibrary, parseDuration } from '@picket/devices'
import { LEVELS, type Level } from '../level.ts'
import type { Condition, Feature, LevelRule, MissingPolicy, Parameter, Rule } from '../rule.ts'
import { compileAlarmKeys } from './alarm-keys.ts'
import { checkFeature } from './check-feature.ts'
import { compileRecord } from './compile-record.ts'
import { compileSeason, compileSeasonalValues } from './compile-season.ts'
import { compileCondition, isConditionName } from './condition.ts'
import type { UnitsOfNames } from './condition-units.ts'
import { LONGEST_REACH_MS, parseFeature, printFeature } from './feature-text.ts'
import { unitsOfRule } from './feature-units.ts'
import { beginsAndEndsAt } from './level-end.ts'
import { BUILT_IN_NAMES, formatNumber, hasStrayBrace, placeholdersOf } from './message.ts'
import { didYouMean } from './nearest.ts'
import type { LevelSource, RuleSource } from './pack-schema.ts'
import type { RecordedQuantities } from './recorded-quantities.ts'
import { revisionOf } from './revision.ts'
import { compileSwitches } from './switches.ts'

/** A place within a rule, such as `['levels', 'red', 'when']`. */
type Path = readonly (string | number)[]

/** Notes a fault at a place within the rule. */
export type Report = (path: Path, fault: Fault) => void

/** What the parts of a rule are compiled against. */
interface Scope {
  source: RuleSource
  /** The clock by which the pack's seasons count, ahead of UTC. */
  utcOffsetMs: number
  models: ModelLibrary
  /** What the rules that are used together record. */
  recorded: RecordedQuantities
  report: Report
}

const DEFAULT_MISSING: MissingPolicy = { afterMs: undefined, intervals: 3, then: 'keep' }

/**
 * Compiles one rule that fits the schema.
 *
 * @param report - is told every fault; the rule is usable only if there was none
 */
export function compileRule(pack: string, scope: Scope): Rule {
  const { source } = scope
  checkNames(scope)
  const features = compileFeatures(scope)
  const parameters = compileParameters(scope)
  const units = unitsOfRule({ features, parameters }, scope)
  checkMessages(scope)
  const rule: Omit<Rule, 'revision'> = {
    id: source.id,
    pack,
    name: source.name,
    message: source.message ?? source.name,
    per: source.per ?? 'device',
    select: source.select,
    with: source.with ?? {},
    features,
    parameters,
    record: compileRecord(scope, units),
    levels: compileLevels(scope, units),
    missing: compileMissing(scope),
    quality: {
      suspect: source.quality?.suspect ?? 'use',
      notEvaluated: source.quality?.notEvaluated ?? 'use',
    },
    season: compileSeason(source.season ?? [], scope.report),
    utcOffsetMs: scope.utcOffsetMs,
    notify: source.notify ?? [],
    ...compileAlarmKeys(scope),
    lifeSafety: source.lifeSafety ?? false,
    runs: source.runs ?? 'cloud',
    switches: compileSwitches(scope),
  }
  checkPurpose(rule, scope)
  return { ...rule, revision: revisionOf(meaningOf(rule)) }
}

// A rule raises alarms, or records, or both.
function checkPurpose({ missing, record }: Omit<Rule, 'revision'>, { source, report }: Scope): void {
  const isQuiet =
    Object.keys(source.levels).length === 0 && (missing.then === 'keep' || missing.then === 'stale')
  if (isQuiet && record.length === 0)
    report(['levels'], {
      code: 'rule-idle',
      message: 'this rule can never raise an alarm, and records nothing',
      hint: 'give a level, or missing: { after: 15m, then: yellow } to watch for silence',
    })
  if (!isQuiet && source.message === undefined)
    report([], {
      code: 'message-absent',
      message: 'this rule raises alarms and has no message',
      hint: 'message: { en: "...", zh: "..." }',
    })
}

/** The rule as plain data: its texts in one fixed form, so that only a change of meaning changes it. */
function meaningOf(rule: Omit<Rule, 'revision'>): unknown {
  const { record, ...rest } = rule
  const isSeasonal = rule.season.length > 0 || rule.parameters.some(({ seasons }) => seasons.length > 0)
  return {
    ...rest,
    ...(record.length > 0 ? { record } : {}),
    utcOffsetMs: isSeasonal ? rule.utcOffsetMs : null,
    features: rule.features.map(feature => [feature.name, printFeature(feature)]),
    levels: rule.levels.map(level => ({ ...level, on: level.on.text, off: level.off?.text ?? null })),
    missing: [rule.missing.afterMs ?? null, rule.missing.intervals ?? null, rule.missing.then],
    runs: rule.runs === 'cloud' ? undefined : rule.runs,
    switches: rule.switches.length === 0 ? undefined : rule.switches,
  }
}

function checkNames({ source, report }: Scope): void {
  const parameters = Object.keys(source.parameters ?? {})
  const places = [
    ...Object.keys(source.with ?? {}).map(name => ({ name, path: ['with', name] })),
    ...Object.keys(source.features ?? {}).map(name => ({ name, path: ['features', name] })),
    ...parameters.map(name => ({ name, path: ['parameters', name] })),
  ]
  for (const { name, path } of places) {
    if (BUILT_IN_NAMES.includes(name as never))
      report(path, {
        code: 'name-taken',
        message: `"${name}" has a meaning of its own in messages`,
        hint: `taken: ${BUILT_IN_NAMES.join(', ')}; choose another name`,
      })
    else if (!isConditionName(name))
      report(path, {
        code: 'name-invalid',
        message: `"${name}" cannot be a name in a condition`,
        hint: 'use letters a-z, digits and _, a letter first, and no word of the condition language',
      })
    else if (path[0] === 'features' && parameters.includes(name))
      report(path, { code: 'name-twice', message: `"${name}" is both a feature and a parameter` })
    else if (path[0] === 'with' && !isRead(name, source))
      report(path, {
        code: 'with-idle',
        message: `with.${name}: no feature reads it`,
        hint: `write for example ${name}.rain in a feature`,
      })
  }
}

const isRead = (name: string, { features }: RuleSource): boolean =>
  Object.values(features ?? {}).some(text => text.includes(`${name}.`))

function compileFeatures({ source, models, recorded, report }: Scope): Feature[] {
  const features: Feature[] = []
  const selectors = [
    { path: ['select'], model: source.select.model },
    ...Object.entries(source.with ?? {}).map(([name, { model }]) => ({ path: ['with', name], model })),
  ]
  for (const { path, model } of selectors)
    if (model !== undefined && !models.has(model))
      report([...path, 'model'], {
        code: 'model-unknown',
        message: `there is no device model "${model}"`,
        hint: didYouMean(model, [...models.keys()]),
      })
  for (const [name, text] of Object.entries(source.features ?? {})) {
    const result = parseFeature(name, text, Object.keys(source.with ?? {}))
    const fault = result.ok ? checkFeature(result.feature, { source, models, recorded }) : result.fault
    if (fault) report(['features', name], { ...fault, message: `${name}: ${fault.message}` })
    else if (result.ok) features.push(result.feature)
  }
  return features
}

function compileParameters({ source, report }: Scope): Parameter[] {
  return Object.entries(source.parameters ?? {}).map(([name, parameter]) => {
    const { value, min, max } = parameter
    const seasons = compileSeasonalValues(name, parameter.seasons ?? {}, report)
    const refused = [value, ...seasons.map(one => one.value)].find(one => !(one >= min && one <= max))
    if (min > max || refused !== undefined)
      report(['parameters', name], {
        code: 'parameter-bounds',
        message: `${name}: ${refused ?? value} is not between its own min ${min} and max ${max}`,
      })
    return { name, ...parameter, seasons }
  })
}

// Control characters, halves of characters, and marks that turn the order of writing: they hide what an alarm says.
const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cs}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2066}-\u{2069}]/u

function checkMessages({ source, report }: Scope): void {
  const { message, name } = source
  for (const [key, texts] of Object.entries({ name, message }))
    for (const language of ['en', 'zh'] as const)
      if (HIDDEN.test(texts?.[language] ?? ''))
        report([key, language], {
          code: 'text-hidden',
          message: `${key}.${language} holds a character that is not seen, or that turns the order of writing`,
        })
  if (!message) return
  const known = [
    ...Object.keys(source.features ?? {}),
    ...Object.keys(source.parameters ?? {}),
    ...BUILT_IN_NAMES,
  ]
  for (const language of ['en', 'zh'] as const) {
    const path = ['message', language]
    const template = message[language]
    if (hasStrayBrace(template))
      report(path, { code: 'message-brace', message: `a brace in message.${language} has no partner` })
    if (source.per === 'site' && placeholdersOf(template).includes('device'))
      report(path, {
        code: 'message-device',
        message: `{device} in message.${language}: an alarm of a whole site has no device`,
        hint: 'write {site}',
      })
    for (const name of placeholdersOf(template))
      if (!known.includes(name))
        report(path, {
          code: 'message-name',
          message: `{${name}} in message.${language} is neither a feature nor a parameter of this rule`,
          hint: didYouMean(name, known),
        })
  }
}

function compileLevels(scope: Scope, units: UnitsOfNames): LevelRule[] {
  const levels: LevelRule[] = []
  for (const level of LEVELS) {
    const source = scope.source.levels[level]
    if (!source) continue
    const on = condition({ ...scope, units }, ['levels', level, 'when'], source.when)
    const off =
      source.until === undefined
        ? undefined
        : condition({ ...scope, units }, ['levels', level, 'until'], source.until)
    const forMs = delay(scope, ['levels', level, 'for'], source)
    const clearForMs = delay(scope, ['levels', level, 'clearFor'], source)
    if (on && off) checkEnd(scope, level, { on, off })
    if (on) levels.push({ level, on, off, forMs, clearForMs })
  }
  return levels
}

function checkEnd(
  { source, report }: Scope,
  level: Level,
  conditions: { on: Condition; off: Condition },
): void {
  const parameters = Object.entries(source.parameters ?? {}).map(([name, { value }]) => [name, value])
  const value = beginsAndEndsAt(conditions, Object.fromEntries(parameters))
  if (value === undefined) return
  report(['levels', level, 'until'], {
    code: 'level-end',
    message: `${level}.until: it holds while ${level}.when does: with ${conditions.on.features[0]} at ${formatNumber(value)}`,
    hint: 'until says when the level is over: compare the other way round',
  })
}

function condition(
  { source, report, units }: Scope & { units: UnitsOfNames },
  path: Path,
  text: string,
): Condition | undefined {
  const result = compileCondition(text, {
    features: Object.keys(source.features ?? {}),
    parameters: Object.keys(source.parameters ?? {}),
    units,
  })
  if (result.ok) return result.condition
  report(path, { ...result.fault, message: `${path.slice(1).join('.')}: ${result.fault.message}` })
  return undefined
}

function delay({ report }: Scope, path: Path, source: LevelSource): number {
  const key = path[2] as 'for' | 'clearFor'
  const text = source[key] ?? '0s'
  const ms = parseDuration(text)
  if (ms !== undefined && Number.isSafeInteger(ms) && ms <= LONGEST_REACH_MS) return ms
  report(path, {
    code: 'duration',
    message: `${path.slice(1).join('.')}: "${text}" is no duration up to 60d`,
    hint: 'write for example 0s, 90s, 10m or 1h30m',
  })
  return 0
}

function compileMissing({ source, report }: Scope): MissingPolicy {
  if (!source.missing) return DEFAULT_MISSING
  const { after, then } = source.missing
  const counted = /^(\d+) intervals?$/.exec(after)
  const intervals = counted ? Number(counted[1]) : undefined
  const afterMs = counted ? undefined : parseDuration(after)
  const usable = intervals === undefined ? isDelay(afterMs) : intervals >= 1 && intervals <= 10_000
  if (!usable)
    report(['missing', 'after'], {
      code: 'duration',
      message: `missing.after: "${after}" is no time of silence`,
      hint: 'write for example 15m, or 3 intervals',
    })
  return { afterMs, intervals, then }
}

const isDelay = (ms: number | undefined): boolean =>
  ms !== undefined && Number.isSafeInteger(ms) && ms > 0 && ms <= LONGEST_REACH_MS
