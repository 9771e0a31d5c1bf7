import { type Rule as NodeRule, RuleEngine } from 'node-rules'
import type { Condition, LevelRule, Rule } from '../rule.ts'

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
  readonly #levels: readonly LevelRule[]
  readonly #rungs: { on: string; off: string | undefined }[]
  readonly #held = new Set<string>()
  readonly #unknown = new Set<string>()

  constructor(rule: Rule) {
    this.#levels = rule.levels
    this.#rungs = rule.levels.map(({ off }, rung) => ({ on: `on ${rung}`, off: off && `off ${rung}` }))
    // A priority of 0 or none breaks node-rules' sorting; a changed fact would start it over.
    const rules = rule.levels.flatMap(({ on, off }, rung) => [
      this.#conditionRule(`on ${rung}`, on, 2 * rung + 2),
      ...(off ? [this.#conditionRule(`off ${rung}`, off, 2 * rung + 1)] : []),
    ])
    this.#engine = new SynchronousRuleEngine(rules, { ignoreFactChanges: true })
  }

  /**
   * The verdict on every rung. A condition with an unknown feature is unknown, never true and never false.
   *
   * @param previous - the verdicts before; they come back as they are when none has changed. Most readings
   * change none, and node-rules copies its fact twice: it is asked only when there is something to decide
   */
  judge(values: Values, previous: readonly RungVerdict[]): readonly RungVerdict[] {
    if (this.#agree(values, previous)) return previous
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

  #agree(values: Values, previous: readonly RungVerdict[]): boolean {
    if (previous.length !== this.#levels.length) return false
    for (let rung = 0; rung < previous.length; rung++) {
      const { on, off } = this.#levels[rung] as LevelRule
      const { on: onBefore, off: offBefore } = previous[rung] as RungVerdict
      if (verdictOf(on, values) !== onBefore) return false
      if (off && verdictOf(off, values) !== offBefore) return false
    }
    return true
  }

  #verdict(name: string): boolean | undefined {
    return this.#unknown.has(name) ? undefined : this.#held.has(name)
  }

  #conditionRule(name: string, condition: Condition, priority: number): NodeRule {
    return {
      name,
      priority,
      condition: (api, fact) => {
        const verdict = verdictOf(condition, fact)
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

function verdictOf(condition: Condition, values: Values): boolean | undefined {
  for (const feature of condition.features) if (values[feature] === undefined) return undefined
  return condition.test(values as Record<string, number>)
}
