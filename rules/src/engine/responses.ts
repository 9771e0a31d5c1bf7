import { type Rule as NodeRule, RuleEngine } from 'node-rules'
import type { NotifyIntent, Transition } from './event.ts'

class SynchronousRuleEngine extends RuleEngine {
  override nextTick(callback: () => void): void {
    callback()
  }
}

const TELLING = new Set(['raised', 'escalated', 'cleared', 'stale'])

/**
 * What follows a transition, as node-rules rules: the fact is the transition's kind and whether it is
 * retrospective, the consequence notes who is to be told.
 */
class Responses {
  #told = false
  readonly #engine: RuleEngine

  constructor() {
    const tell: NodeRule = {
      name: 'tell those whom the rule names of a live raise, escalation, end, or that the readings stopped',
      priority: 1,
      condition: (api, fact) => api.when(!fact.retrospective && TELLING.has(fact.kind)),
      consequence: api => {
        this.#told = true
        api.next()
      },
    }
    this.#engine = new SynchronousRuleEngine([tell], { ignoreFactChanges: true })
  }

  to(transition: Transition): NotifyIntent[] {
    this.#told = false
    this.#engine.execute({ kind: transition.kind, retrospective: transition.retrospective }, () => {})
    if (!this.#told) return []
    return transition.rule.notify.map(channel => ({ type: 'notify', channel, transition }))
  }
}

const responses = new Responses()

/** Who is to be told of a transition. */
export const responsesTo = (transition: Transition): NotifyIntent[] => responses.to(transition)
