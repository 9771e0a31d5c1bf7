import { formatDuration } from '@picket/devices'
import type { Inhibits, LevelRule, MissingPolicy, Rule, SeasonalValue, Selector } from '../rule.ts'
import { printSeasonRange, printUtcOffset } from '../season.ts'
import { printFeature } from './feature-text.ts'

/**
 * A pack in normal form: every rule as it was understood, what it left out written down. Compiled again, it gives the
 * same rules with the same revisions.
 */
export const printPack = (pack: string, rules: readonly Rule[]): string =>
  [
    `pack: ${text(pack)}`,
    ...rules.slice(0, 1).map(({ utcOffsetMs }) => `utcOffset: ${text(printUtcOffset(utcOffsetMs))}`),
    'rules:',
    ...rules.map(printRule),
  ].join('\n')

function printRule(rule: Rule): string {
  return [
    `  - id: ${text(rule.id)}`,
    `    name: ${flow({ en: text(rule.name.en), zh: text(rule.name.zh) })}`,
    '    message:',
    `      en: ${text(rule.message.en)}`,
    `      zh: ${text(rule.message.zh)}`,
    ...(rule.lifeSafety ? ['    lifeSafety: true'] : []),
    ...(rule.per === 'site' ? ['    per: site'] : []),
    `    select: ${printSelector(rule.select)}`,
    ...section(
      'with',
      Object.entries(rule.with).map(([name, selector]) => `${text(name)}: ${printSelector(selector)}`),
    ),
    ...section(
      'features',
      rule.features.map(feature => `${text(feature.name)}: ${text(printFeature(feature))}`),
    ),
    ...section(
      'parameters',
      rule.parameters.map(
        ({ name, value, unit, min, max, reason, seasons }) =>
          `${text(name)}: ${flow({
            value,
            unit: text(unit),
            min,
            max,
            reason: text(reason),
            ...(seasons.length > 0 ? { seasons: flow(seasonalTexts(seasons)) } : {}),
          })}`,
      ),
    ),
    ...section(
      'record',
      rule.record.map(
        ({ quantity, feature, name }) =>
          `${text(quantity)}: ${flow({
            feature: text(feature),
            name: flow({ en: text(name.en), zh: text(name.zh) }),
          })}`,
      ),
    ),
    rule.levels.length === 0 ? '    levels: {}' : '    levels:',
    ...rule.levels.map(printLevel),
    `    missing: ${flow({ after: text(silenceText(rule.missing)), then: rule.missing.then })}`,
    `    quality: ${flow({ ...rule.quality })}`,
    ...(rule.season.length > 0
      ? [`    season: [${rule.season.map(range => text(printSeasonRange(range))).join(', ')}]`]
      : []),
    `    notify: ${list(rule.notify)}`,
    ...(rule.runs === 'gateway' ? ['    runs: gateway'] : []),
    ...(rule.switches.length > 0
      ? [
          `    switch: [${rule.switches.map(({ output, from }) => flow({ output: text(output), from })).join(', ')}]`,
        ]
      : []),
    ...(rule.latch ? ['    latch: true'] : []),
    ...(rule.flap ? [`    flap: ${flow({ ...rule.flap })}`] : []),
    ...printEscalation(rule.escalate),
    ...(rule.inhibits ? [`    inhibits: ${printInhibits(rule.inhibits)}`] : []),
  ].join('\n')
}

const printSelector = (selector: Selector): string =>
  flow(Object.fromEntries(Object.entries(selector).map(([key, value]) => [key, text(value)])))

const section = (name: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`    ${name}:`, ...lines.map(line => `      ${line}`)]

const printLevel = ({ level, on, off, forMs, clearForMs }: LevelRule): string =>
  `      ${level}: ${flow({
    when: text(on.text),
    ...(off ? { until: text(off.text) } : {}),
    for: formatDuration(forMs),
    clearFor: formatDuration(clearForMs),
  })}`

const seasonalTexts = (seasons: readonly SeasonalValue[]): Record<string, number> =>
  Object.fromEntries(seasons.map(({ range, value }) => [text(printSeasonRange(range)), value]))

const printEscalation = (steps: Rule['escalate']): string[] =>
  steps.length === 0
    ? []
    : [
        '    escalate:',
        ...steps.map(
          ({ afterMs, notify }) =>
            `      - ${flow({ after: formatDuration(afterMs), notify: list(notify) })}`,
        ),
      ]

const printInhibits = ({ rules, devices, waitMs }: Inhibits): string =>
  flow({ rules: list(rules), devices, wait: formatDuration(waitMs) })

const list = (words: readonly string[]): string => `[${words.map(text).join(', ')}]`

const silenceText = ({ afterMs, intervals }: MissingPolicy): string =>
  afterMs === undefined ? `${intervals} intervals` : formatDuration(afterMs)

const flow = (entries: Record<string, string | number>): string =>
  `{ ${Object.entries(entries)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')} }`

// A plain word that YAML takes for nothing but a text; everything else in double quotes, which JSON and YAML share.
const text = (value: string): string =>
  /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/i.test(value) && !/^(true|false|null|nan|inf)$/i.test(value)
    ? value
    : JSON.stringify(value)
