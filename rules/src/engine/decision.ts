import { type Rule as NodeRule, RuleEngine } from 'node-rules'
import type { Condition, Rule } from '../rule.ts'

/** Values of features and parameters by name; a feature that is unknown is absent or undefined. */
export type Values = Record<string, number | undefined>

/** What the conditions of one rung say: true, false, or undefined for unknown. */
export interface RungVerdict {
  on: boolean | undefined
  off: boolean | undefined
}

// node-rules takes a step by process.nextTick; called at once, `execute` is synchronous and can be used in
// a pure step. The stack then grows with the number of rules in one engine: two per rung, eight at most.
class SynchronousRuleEngine extends RuleEngine {
  override nextTick(callback: () => void): void {
    callback()
  }
}

/**
 * The conditions of a rule's ladder as node-rules rules: the fact is the values, and a consequence only notes
 * which condition held. Immutable after construction; holds no state between calls.
 */
export class LadderConditions {
  readonly #engine: RuleEngine
  readonly #rungs: { on: string; off: string | undefined }[]
  readonly #held = new Set<string>()
  readonly #unknown = new Set<string>()

  constructor(rule: Rule) {
    this.#rungs = rule.levels.map(({ off }, rung) => ({ on: `on ${rung}`, off: off && `off ${rung}` }))
    // A priority of 0 or none breaks node-rules' sorting; a changed fact would start it over.
    const rules = rule.levels.flatMap(({ on, off }, rung) => [
      this.#conditionRule(`on ${rung}`, on, 2 * rung + 2),
      ...(off ? [this.#conditionRule(`off ${rung}`, off, 2 * rung + 1)] : []),
    ])
    this.#engine = new SynchronousRuleEngine(rules, { ignoreFactChanges: true })
  }

  /** The verdict on every rung. A condition with an unknown feature is unknown, never true and never false. */
  judge(values: Values): RungVerdict[] {
    this.#held.clear()
    this.#unknown.clear()
    this.#engine.execute(values, () => {})
    return this.#rungs.map(({ on, off }) => {
      const onVerdict = this.#verdict(on)
      // Without an off-condition a level ends when its on-condition is false.
      return {
        on: onVerdict,
        off: off ? this.#verdict(off) : onVerdict === undefined ? undefined : !onVerdict,
      }
    })
  }

  #verdict(name: string): boolean | undefined {
    return this.#unknown.has(name) ? undefined : this.#held.has(name)
  }

  #conditionRule(name: string, condition: Condition, priority: number): NodeRule {
    return {
      name,
      priority,
      condition: (api, fact) => {
        const known = condition.features.every(feature => fact[feature] !== undefined)
        const verdict = known ? condition.test(fact) : undefined
        if (verdict === undefined) this.#unknown.add(name)
        api.when(verdict === true)
      },
      consequence: api => {
        this.#held.add(name)
        api.next()
      },
    }
  }
}
