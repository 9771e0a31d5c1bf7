import type { Rule } from '../rule.ts'
import type { RungVerdict, Values } from './decision.ts'
import type { Trace } from './event.ts'
import type { LadderState } from './ladder.ts'

export interface Seen {
  rule: Rule
  cause: Trace['cause']
  ladder: LadderState
  values: Values
  verdicts: readonly RungVerdict[]
  /** Quality flags of the newest samples, by quantity. */
  quality: Record<string, number>
  /** What each device said, by feature; empty where the alarm's device says it all. */
  inputs: Record<string, Record<string, number | null>>
}

/** What a rule saw at an instant and what it was waiting for. */
export function traceOf({ rule, cause, ladder, values, verdicts, quality, inputs }: Seen): Trace {
  return {
    cause,
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? null])),
    conditions: rule.levels.map(({ level, on, off, forMs, clearForMs }, rung) => ({
      level,
      when: on.text,
      on: verdicts[rung]?.on ?? null,
      until: off?.text ?? null,
      off: verdicts[rung]?.off ?? null,
      since: ladder.began[rung] ?? null,
      forMs,
      clearingSince: rung === ladder.rung ? ladder.clearingSince : null,
      clearForMs,
    })),
    missing: ladder.missing,
    outOfSeason: ladder.outOfSeason,
    lastSample: ladder.lastSample,
    quality,
    ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
    ruleRevision: rule.revision,
  }
}

/** The trace of a step whose rule is no more. */
export const traceWithoutRule = (revision: string): Trace => ({
  cause: 'operator',
  values: {},
  conditions: [],
  missing: false,
  outOfSeason: false,
  lastSample: null,
  quality: {},
  ruleRevision: revision,
})
