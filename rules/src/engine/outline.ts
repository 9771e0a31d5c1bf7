import { printFeature } from '../language/feature-text.ts'
import type { Level } from '../level.ts'
import type { MissingPolicy, Rule } from '../rule.ts'

/**
 * What the state of a rule's scopes depends on, as plain data. It is kept beside the state: two outlines tell what of a
 * state still holds under a changed rule, even after a restart, when the old rule is no more.
 */
export interface RuleOutline {
  /** Of the whole rule, texts for people included. */
  revision: string
  /** In the rule's order, each with all that its value depends on. */
  features: { name: string; meaning: string }[]
  /** In the ladder's order; conditions with all that they depend on. */
  levels: { level: Level; on: string; off: string; forMs: number; clearForMs: number }[]
  missing: MissingPolicy
  season: string
}

export function outlineOf(rule: Rule): RuleOutline {
  const parameters = new Map(
    rule.parameters.map(({ name, value, seasons }) => [name, JSON.stringify({ value, seasons })]),
  )
  const { quality, season, utcOffsetMs, per, with: others } = rule
  const features = rule.features.map(feature => ({
    name: feature.name,
    meaning: `${spellOut(printFeature(feature), parameters)} ${JSON.stringify({ quality, per, others })}`,
  }))
  const meanings = new Map([...parameters, ...features.map(({ name, meaning }) => [name, meaning] as const)])
  return {
    revision: rule.revision,
    features,
    levels: rule.levels.map(({ level, on, off, forMs, clearForMs }) => ({
      level,
      on: spellOut(on.text, meanings),
      off: off ? spellOut(off.text, meanings) : '',
      forMs,
      clearForMs,
    })),
    missing: rule.missing,
    season: JSON.stringify({ season, utcOffsetMs }),
  }
}

// A name inside a quoted text is spelled out too: that costs a delay at worst, never a wrong one.
const spellOut = (text: string, meanings: ReadonlyMap<string, string>): string =>
  text.replace(/[A-Za-z_]\w*/g, word => meanings.get(word) ?? word)
