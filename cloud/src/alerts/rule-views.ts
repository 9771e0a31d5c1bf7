import { type Rule, simpleThreshold } from '@picket/rules'
import type { RuleView } from '../api/services.ts'

/**
 * Rules as they are shown.
 *
 * @param overrides - values that a device has of its own for rules' parameters
 */
export const ruleViews = (
  rules: readonly Rule[],
  overrides: Readonly<Record<string, number>> = {},
): RuleView[] =>
  rules.map(rule => ({
    id: rule.id,
    pack: rule.pack,
    revision: rule.revision,
    name: rule.name,
    select: rule.select,
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
    thresholds: rule.levels.flatMap(({ level, on }) => {
      const threshold = simpleThreshold(on, rule.features, { ...defaults(rule), ...overrides })
      return threshold ? [{ quantity: threshold.quantity, level, value: threshold.value }] : []
    }),
  }))

const defaults = ({ parameters }: Rule): Record<string, number> =>
  Object.fromEntries(parameters.map(({ name, value }) => [name, value]))
