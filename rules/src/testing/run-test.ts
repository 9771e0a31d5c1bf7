import { Engine } from '../engine/engine.ts'
import { DEFAULT_LIMITS } from '../engine/event.ts'
import type { Rule } from '../rule.ts'
import { type Check, judge } from './judge.ts'
import type { PreparedTest } from './prepare.ts'
import { seenOf } from './seen.ts'

/** How a test went. */
export interface TestResult {
  test: PreparedTest
  /** One per expectation, in its order. */
  checks: Check[]
  /** Rules that failed at run time, in words. */
  ruleFaults: string[]
}

// What is expected at an instant is looked for this long after it: by then the engine's timers have waited
// for readings on their way, and late readings that have come are worked off.
const PATIENCE_MS = Math.max(DEFAULT_LIMITS.graceMs, DEFAULT_LIMITS.settleMs)

/** Runs a test on an engine of its own. */
export function runTest(test: PreparedTest, rules: readonly Rule[]): TestResult {
  const engine = new Engine()
  const configuration = { type: 'configure', rules, devices: test.devices, sites: test.sites } as const
  const effects = engine.step({ ...configuration, now: test.start })
  const lookedUntil = new Map<string, number>()
  let arrived = 0
  const checks = test.expectations.map(expectation => {
    for (; (test.arrivals[arrived]?.at ?? Number.POSITIVE_INFINITY) <= expectation.at; arrived++) {
      const { at, readings, amended } = test.arrivals[arrived] as PreparedTest['arrivals'][number]
      effects.push(...engine.step({ type: 'amend', now: at, readings: amended }))
      effects.push(...engine.step({ type: 'readings', now: at, readings }))
    }
    effects.push(...engine.step({ type: 'tick', now: expectation.at }))
    // The patience must not change what comes next: a copy of the engine has it.
    const copy = new Engine({}, structuredClone(engine.state()))
    const waited = [
      ...copy.step({ ...configuration, now: expectation.at }),
      ...copy.step({ type: 'tick', now: expectation.at + PATIENCE_MS }),
    ]
    const watched = `${expectation.rule.id}\n${expectation.scope}`
    const since = lookedUntil.get(watched) ?? Number.NEGATIVE_INFINITY
    lookedUntil.set(watched, expectation.at + PATIENCE_MS)
    const trace = copy.explain(expectation.rule.id, expectation.scope)
    return judge(expectation, seenOf(expectation, { effects: [...effects, ...waited], since, trace }))
  })
  const ruleFaults = effects.flatMap(effect =>
    effect.type === 'rule-fault'
      ? [`rule ${effect.rule}${effect.scope === null ? '' : ` at ${effect.scope}`}: ${effect.message}`]
      : [],
  )
  return { test, checks, ruleFaults }
}

/** True when everything was as expected and no rule failed. */
export const passed = ({ checks, ruleFaults }: TestResult): boolean =>
  ruleFaults.length === 0 && checks.every(({ wrong }) => wrong.length === 0)
