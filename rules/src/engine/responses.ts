import { type Rule as NodeRule, RuleEngine } from 'node-rules'
import type { TransitionKind } from '../alarm/alarm.ts'

class SynchronousRuleEngine extends RuleEngine {
  override nextTick(callback: () => void): void {
    callback()
  }
}

const TELLING = new Set<TransitionKind>(['raised', 'escalated', 'cleared', 'stale'])

/** A step of a live episode, and whether something keeps it from being told. */
export interface Step {
  kind: TransitionKind
  withheld: boolean
}

/** What follows a step, as node-rules rules: the fact is the step, the consequence notes that it is to be told. */
class Responses {
  #told = false
  readonly #engine: RuleEngine

  constructor() {
    const tell: NodeRule = {
      name: 'tell those whom the rule names of what is news, unless something withholds it',
      priority: 1,
      condition: (api, fact) => api.when(!fact.withheld && TELLING.has(fact.kind)),
      consequence: api => {
        this.#told = true
        api.next()
      },
    }
    this.#engine = new SynchronousRuleEngine([tell], { ignoreFactChanges: true })
  }

  to(step: Step): boolean {
    this.#told = false
    this.#engine.execute({ ...step }, () => {})
    return this.#told
  }
}

const responses = new Responses()

/** Whether those whom a rule names are to be told of a step. */
export const isToBeTold = (step: Step): boolean => responses.to(step)
