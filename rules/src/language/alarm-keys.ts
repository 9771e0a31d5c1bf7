import { type Fault, parseDuration } from '@picket/devices'
import type { EscalationStep, FlapLimit, Inhibits, Rule } from '../rule.ts'
import { didYouMean } from './nearest.ts'
import type { RuleSource } from './pack-schema.ts'

type Report = (path: readonly (string | number)[], fault: Fault) => void

const LONGEST_WAIT_MS = 600_000
const LONGEST_ESCALATION_MS = 7 * 86_400_000
const MOST_STEPS = 50

/** What a rule says about its alarms once they are raised: latch, flap, escalate, inhibits. */
export function compileAlarmKeys({
  source,
  report,
}: {
  source: RuleSource
  report: Report
}): Pick<Rule, 'latch' | 'flap' | 'escalate' | 'inhibits'> {
  return {
    latch: source.latch ?? false,
    flap: compileFlap(source, report),
    escalate: compileEscalation(source, report),
    inhibits: compileInhibits(source, report),
  }
}

function compileFlap({ flap }: RuleSource, report: Report): FlapLimit | undefined {
  if (flap && flap.below >= flap.above)
    report(['flap', 'below'], {
      code: 'flap-limits',
      message: `flap: an alarm cannot be steady at ${flap.below} % and flap above ${flap.above} %`,
      hint: 'below must be less than above; Icinga has 30 and 25',
    })
  return flap
}

// `repeat` written out, in ascending time.
function compileEscalation({ escalate = [] }: RuleSource, report: Report): EscalationStep[] {
  const path = (index: number): (string | number)[] =>
    Array.isArray(escalate) ? ['escalate', index] : ['escalate']
  const steps = [escalate].flat().flatMap(({ after, notify, repeat = 0 }, index) => {
    const afterMs = parseDuration(after)
    if (afterMs === undefined || !Number.isSafeInteger(afterMs) || afterMs < 1000) {
      report([...path(index), 'after'], {
        code: 'duration',
        message: `escalate.after: "${after}" is no duration from 1s`,
        hint: 'write for example 15m',
      })
      return []
    }
    if (afterMs * (repeat + 1) > LONGEST_ESCALATION_MS)
      report([...path(index), 'after'], {
        code: 'escalation-long',
        message: 'escalate: the last reminder comes later than 7d after the first page',
        hint: 'remind sooner, or less often',
      })
    return Array.from({ length: repeat + 1 }, (_, time) => ({ afterMs: afterMs * (time + 1), notify }))
  })
  if (steps.length > MOST_STEPS)
    report(['escalate'], {
      code: 'escalation-steps',
      message: `escalate: ${steps.length} reminders; at most ${MOST_STEPS}`,
    })
  return steps.sort((a, b) => a.afterMs - b.afterMs)
}

function compileInhibits({ inhibits, id }: RuleSource, report: Report): Inhibits | undefined {
  if (!inhibits) return undefined
  const { rules, devices, wait = '0s' } = inhibits
  const waitMs = parseDuration(wait) ?? Number.NaN
  if (!(Number.isSafeInteger(waitMs) && waitMs <= LONGEST_WAIT_MS))
    report(['inhibits', 'wait'], {
      code: 'duration',
      message: `inhibits.wait: "${wait}" is no duration up to 10m`,
      hint: 'pages of the hidden rules wait so long: keep it short',
    })
  if (rules.includes(id))
    report(['inhibits', 'rules'], {
      code: 'inhibits-loop',
      message: 'inhibits: a rule cannot hide its own alarms',
    })
  return { rules, devices, waitMs }
}

/**
 * What is wrong with who hides whom, among all rules that are used together: a rule that does not exist, or rules that
 * hide one another, so that none of them would page.
 */
export function inhibitionFaults(rules: readonly Rule[]): { rule: string; fault: Fault }[] {
  const hides = new Map(rules.map(({ id, inhibits }) => [id, inhibits?.rules ?? []]))
  return rules.flatMap(({ id, inhibits }) => {
    const unknown = (inhibits?.rules ?? []).filter(hidden => !hides.has(hidden))
    const faults = unknown.map(hidden => ({
      code: 'inhibits-rule',
      message: `rule ${id}: inhibits: there is no rule "${hidden}"`,
      hint: didYouMean(hidden, [...hides.keys()]),
    }))
    const loop = loopFrom(id, hides)
    if (loop)
      faults.push({
        code: 'inhibits-loop',
        message: `rule ${id}: inhibits: ${loop.join(' hides ')}`,
        hint: 'leave one of them out, or none would page',
      })
    return faults.map(fault => ({ rule: id, fault }))
  })
}

// A way along `hides` that comes back to where it began; undefined where there is none.
function loopFrom(start: string, hides: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const ways: string[][] = [[start]]
  const seen = new Set<string>()
  for (let way = ways.pop(); way; way = ways.pop()) {
    for (const next of hides.get(way.at(-1) as string) ?? []) {
      if (next === start) return [...way, start]
      if (seen.has(next)) continue
      seen.add(next)
      ways.push([...way, next])
    }
  }
  return undefined
}
