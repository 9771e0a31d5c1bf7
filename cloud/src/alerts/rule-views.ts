import { type Overrides, parametersAt, printSeasonRange, type Rule, simpleThreshold } from '@picket/rules'
import type { RuleView } from '../api/services.ts'

/**
 * Rules as they are shown.
 *
 * @param at - the instant for which limits are shown, ms UTC
 * @param overrides - values that a device or its site has of its own for rules' parameters
 */
export const ruleViews = (rules: readonly Rule[], at: number, overrides: Overrides = []): RuleView[] =>
  rules.map(rule => {
    const values = parametersAt(rule, overrides, at)
    return {
      id: rule.id,
      pack: rule.pack,
      revision: rule.revision,
      name: rule.name,
      select: rule.select,
      features: rule.features.map(({ name, text }) => ({ name, text })),
      parameters: rule.parameters.map(({ name, value, unit, min, max, reason }) => ({
        name,
        value: values[name] ?? value,
        ...{ unit, min, max, reason },
      })),
      levels: rule.levels.map(({ level, on, off, forMs, clearForMs }) => ({
        level,
        when: on.text,
        until: off?.text ?? null,
        forMs,
        clearForMs,
      })),
      missing: {
        afterMs: rule.missing.afterMs ?? null,
        intervals: rule.missing.intervals ?? null,
        then: rule.missing.then,
      },
      season: rule.season.map(printSeasonRange),
      thresholds: rule.levels.flatMap(({ level, on }) => {
        const threshold = simpleThreshold(on, rule.features, values)
        return threshold ? [{ quantity: threshold.quantity, level, value: threshold.value }] : []
      }),
      notify: [...rule.notify],
    }
  })
