import { type Static, Type } from 'typebox'
import type { CloudClient } from '../cloud-client.ts'
import type { PackFile } from '../language/index.ts'

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
