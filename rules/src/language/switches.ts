import { LEVELS, type Level, rankOf } from '../level.ts'
import type { Switch } from '../rule.ts'
import type { Report } from './compile-rule.ts'
import type { RuleSource } from './pack-schema.ts'

/** What a rule switches while its alarm runs. */
export function compileSwitches({ source, report }: { source: RuleSource; report: Report }): Switch[] {
  const switches = source.switch ?? []
  if (switches.length > 0 && source.runs !== 'gateway')
    report(['switch'], {
      code: 'switch-cloud',
      message: 'switch: only a rule that runs on a gateway can switch its outputs',
      hint: 'add runs: gateway',
    })
  const silence = source.missing?.then ?? 'keep'
  const levels = LEVELS.filter(level => source.levels[level] || silence === level)
  return switches.flatMap(({ output, from = levels[0] }, at) => {
    if (switches.findIndex(other => other.output === output) < at)
      report(['switch', at], {
        code: 'switch-twice',
        message: `switch: output "${output}" stands there twice`,
      })
    // Where there is no level at all, the rule is refused as one that can never raise an alarm.
    if (from === undefined) return []
    if (levels.length > 0 && rankOf(from) > rankOf(levels.at(-1) as Level))
      report(['switch', at, 'from'], {
        code: 'switch-level',
        message: `switch: output "${output}" goes on at ${from}, which this rule never reaches`,
        hint: `its levels: ${levels.join(', ')}`,
      })
    return [{ output, from }]
  })
}
