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
})
export type Plan = Static<typeof Plan>

/** What a person may do to a revision. */
export type Step = 'approve' | 'publish' | 'rollback' | 'withdraw'

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
