import { type Static, Type } from 'typebox'
import type { CloudClient } from '../cloud-client.ts'
import type { Reset } from '../engine/carry-over.ts'
import type { PackFile } from '../language/index.ts'
import type { RuleDifference } from '../language/rule-difference.ts'
import { LEVELS } from '../level.ts'

// What is used of the cloud's answers; cloud/src/api/schemas.ts says all that they hold.
const RuleSetSummary = Type.Object({
  number: Type.Integer(),
  author: Type.String(),
  at: Type.Integer(),
  reason: Type.String(),
  state: Type.String(),
})

const RuleSet = Type.Object({
  ...RuleSetSummary.properties,
  packs: Type.Array(Type.Object({ file: Type.String(), text: Type.String() })),
  approval: Type.Object({
    touches: Type.Array(Type.String()),
    approvedBy: Type.Union([Type.String(), Type.Null()]),
  }),
  warnings: Type.Array(Type.String()),
})
export type RuleSet = Static<typeof RuleSet>

const RuleSets = Type.Object({
  live: Type.Union([Type.Integer(), Type.Null()]),
  ruleSets: Type.Array(RuleSetSummary),
})

const Level = Type.Union([Type.Enum([...LEVELS]), Type.Null()])

const Plan = Type.Object({
  added: Type.Array(Type.String()),
  removed: Type.Array(Type.String()),
  changed: Type.Array(
    Type.Object({
      rule: Type.String(),
      differences: Type.Array(Type.Unsafe<RuleDifference>(Type.Object({}))),
    }),
  ),
  unchanged: Type.Integer(),
  resets: Type.Array(
    Type.Object({
      rule: Type.String(),
      reset: Type.Unsafe<Reset>(Type.Object({ kind: Type.String() })),
      count: Type.Integer(),
      devices: Type.Array(Type.String()),
    }),
  ),
  steps: Type.Array(
    Type.Object({
      rule: Type.String(),
      device: Type.Union([Type.String(), Type.Null()]),
      kind: Type.String(),
      level: Level,
    }),
  ),
  stepCount: Type.Integer(),
  warnings: Type.Array(Type.String()),
})
export type Plan = Static<typeof Plan>

const Time = Type.Integer()
const Had = Type.Union([
  Type.Object({
    onset: Time,
    raisedAt: Time,
    clearedAt: Type.Union([Time, Type.Null()]),
    highest: Type.Enum([...LEVELS]),
  }),
  Type.Null(),
])
const ShadowReport = Type.Object({
  number: Type.Integer(),
  since: Time,
  at: Time,
  counts: Type.Object({
    gained: Type.Integer(),
    lost: Type.Integer(),
    split: Type.Integer(),
    merged: Type.Integer(),
    earlier: Type.Integer(),
    later: Type.Integer(),
    levelChanged: Type.Integer(),
    moved: Type.Integer(),
    unchanged: Type.Integer(),
  }),
  differences: Type.Array(
    Type.Object({
      kind: Type.Enum(['gained', 'lost', 'split', 'merged', 'moved']),
      rule: Type.String(),
      device: Type.String(),
      live: Had,
      shadow: Had,
      raisedLaterMs: Type.Integer(),
    }),
  ),
  beyond: Type.Integer(),
  notCompared: Type.Integer(),
  faults: Type.Array(
    Type.Object({
      rule: Type.String(),
      scope: Type.Union([Type.String(), Type.Null()]),
      message: Type.String(),
    }),
  ),
})
export type ShadowReport = Static<typeof ShadowReport>
const ShadowAnswer = Type.Object({ shadow: Type.Union([ShadowReport, Type.Null()]) })

/** What a person may do to a revision. */
export type Step = 'approve' | 'shadow' | 'unshadow' | 'publish' | 'rollback' | 'withdraw'

/** The newest revisions first. @throws CloudError */
export const listRuleSets = (cloud: CloudClient) => cloud.get('/rule-sets', RuleSets)

/** @throws CloudError */
export const proposeRuleSet = (
  cloud: CloudClient,
  packs: readonly PackFile[],
  reason: string,
): Promise<RuleSet> => cloud.post('/rule-sets', { packs, reason }, RuleSet)

/** Resolves after the cloud has committed it. @throws CloudError */
export const stepRuleSet = (
  cloud: CloudClient,
  { number, step, reason }: { number: number; step: Step; reason: string },
): Promise<RuleSet> => cloud.post(`/rule-sets/${number}/${step}`, { reason }, RuleSet)

/** What putting a revision in force would change now. @throws CloudError */
export const planRuleSet = (cloud: CloudClient, number: number): Promise<Plan> =>
  cloud.post(`/rule-sets/${number}/plan`, {}, Plan)

/** What the shadow does otherwise than live; null where none runs. @throws CloudError */
export const shadowReport = async (cloud: CloudClient): Promise<ShadowReport | null> =>
  (await cloud.get('/shadow', ShadowAnswer)).shadow
