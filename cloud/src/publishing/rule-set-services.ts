import type { RuleSetServices } from '../api/services.ts'
import type { RuleSetRecord, RuleSetStore } from '../stores/ports.ts'
import type { Act, Publishing } from './publishing.ts'
import type { RuleSetState, RuleSetStep } from './rule-set.ts'

/** What the API stands on for revisions of the rule set. */
export function ruleSetServices(ruleSets: RuleSetStore, publishing: Publishing): RuleSetServices {
  const viewOf = <R extends Omit<RuleSetRecord, 'packs'>>(ruleSet: R) => ({
    ...ruleSet,
    state: publishing.stateOf(ruleSet.number) as RuleSetState,
  })
  const steps: Record<RuleSetStep, (number: number, act: Act) => ReturnType<Publishing['publish']>> = {
    approve: (number, act) => publishing.approve(number, act),
    publish: (number, act) => publishing.publish(number, act),
    rollback: (number, act) => publishing.rollBack(number, act),
    shadow: (number, act) => publishing.shadow(number, act),
    unshadow: (number, act) => publishing.unshadow(number, act),
    withdraw: (number, act) => publishing.withdraw(number, act),
  }
  return {
    list: page => ruleSets.list(page).map(viewOf),
    get(number) {
      const ruleSet = ruleSets.get(number)
      if (!ruleSet) return undefined
      return {
        ...viewOf(ruleSet),
        events: ruleSets.events(number),
        approval: publishing.approvalOf(ruleSet),
        warnings: publishing.warningsOf(ruleSet),
      }
    },
    live: () => ruleSets.live(),
    propose: (packs, act) => publishing.propose(packs, act),
    shadowReport: () => publishing.shadowReport(),
    plan: number => publishing.plan(number),
    step: (number, step, act) => steps[step](number, act),
  }
}
