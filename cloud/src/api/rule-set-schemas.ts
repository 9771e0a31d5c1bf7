import { Type } from 'typebox'
import { LevelName, nullable, strict, Time } from './schemas.ts'

const RULE_SET_STATES = ['proposed', 'shadow', 'live', 'past', 'withdrawn'] as const
const ruleSetView = {
  number: Type.Integer(),
  parent: nullable(Type.Integer({ description: 'what was in force when it was proposed' })),
  digest: Type.String({ description: 'of the texts' }),
  author: Type.String({ description: 'a person, or `files`' }),
  at: Time,
  reason: Type.String(),
  state: Type.Enum([...RULE_SET_STATES], { type: 'string' }),
}
const PackText = Type.Object({
  file: Type.String({ minLength: 1, maxLength: 300, description: 'the name to put into faults' }),
  text: Type.String({ description: 'YAML' }),
})
const Reason = Type.String({ minLength: 1, maxLength: 500 })

export const RuleSetsQuery = Type.Object(
  {
    before: Type.Optional(Type.Integer({ minimum: 1, description: 'only revisions below this number' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  },
  strict,
)
export const RuleSetsView = Type.Object({
  live: nullable(Type.Integer()),
  ruleSets: Type.Array(Type.Object(ruleSetView), { description: 'the newest first' }),
})
export const RuleSetParams = Type.Object({ number: Type.Integer({ minimum: 1 }) })
const Warnings = Type.Array(Type.String(), {
  description: 'rules that notify a channel that the cloud lacks',
})
export const RuleSetDetail = Type.Object({
  ...ruleSetView,
  packs: Type.Array(PackText),
  events: Type.Array(Type.Object({ kind: Type.String(), at: Time, by: Type.String(), why: Type.String() }), {
    description: 'oldest first',
  }),
  approval: Type.Object({
    touches: Type.Array(Type.String(), { description: 'life-safety rules that publishing it would change' }),
    approvedBy: nullable(Type.String({ description: 'against what is in force now' })),
  }),
  warnings: Warnings,
})
export const PlanView = Type.Object({
  added: Type.Array(Type.String()),
  removed: Type.Array(Type.String()),
  changed: Type.Array(
    Type.Object({
      rule: Type.String(),
      differences: Type.Array(
        Type.Object({
          place: Type.String({ description: 'such as parameters.limit' }),
          before: nullable(Type.String()),
          after: nullable(Type.String()),
        }),
      ),
    }),
  ),
  unchanged: Type.Integer(),
  resets: Type.Array(
    Type.Object({
      rule: Type.String(),
      reset: Type.Object({
        kind: Type.Enum(['feature', 'delay', 'clearing', 'episode', 'late'], {
          type: 'string',
          description:
            'feature: its detector begins anew; delay, clearing: runs from the start again; episode: goes on at another level or ends; late: what comes late from before is not judged again',
        }),
        name: Type.Optional(Type.String({ description: 'of the feature' })),
        level: Type.Optional(LevelName),
        becomes: Type.Optional(nullable(LevelName)),
      }),
      count: Type.Integer({ description: 'devices that it is about' }),
      devices: Type.Array(Type.String(), { description: 'some of them' }),
    }),
    { description: 'state that starts over; everything else is kept' },
  ),
  steps: Type.Array(
    Type.Object({
      rule: Type.String(),
      device: nullable(Type.String({ description: 'null for a rule per site' })),
      kind: Type.String(),
      level: nullable(LevelName),
    }),
    { description: 'alarms that would take a step at once, before any reading; at most 500' },
  ),
  stepCount: Type.Integer(),
  warnings: Warnings,
})

const Had = nullable(
  Type.Object({ onset: Time, raisedAt: Time, clearedAt: nullable(Time), highest: LevelName }),
)
const Count = Type.Integer({ minimum: 0 })
export const ShadowView = Type.Object({
  shadow: nullable(
    Type.Object({
      number: Type.Integer({ description: 'of the revision' }),
      since: Time,
      at: Time,
      counts: Type.Object(
        {
          gained: Count,
          lost: Count,
          split: Count,
          merged: Count,
          earlier: Count,
          later: Count,
          levelChanged: Count,
          moved: Count,
          unchanged: Count,
        },
        { description: 'episodes; one may be earlier and of another level' },
      ),
      differences: Type.Array(
        Type.Object({
          kind: Type.Enum(['gained', 'lost', 'split', 'merged', 'moved'], {
            type: 'string',
            description: 'split, merged: a further part of an episode that both have',
          }),
          rule: Type.String(),
          device: Type.String({ description: 'or the site, of a rule per site' }),
          live: Had,
          shadow: Had,
          raisedLaterMs: Type.Integer({ description: 'by the shadow; negative: earlier' }),
        }),
        { description: 'the newest 200, newest first' },
      ),
      beyond: Type.Integer({ description: 'differences that the list has no room for' }),
      notCompared: Type.Integer({ description: 'episodes that found no room to be compared' }),
      faults: Type.Array(
        Type.Object({ rule: Type.String(), scope: nullable(Type.String()), message: Type.String() }),
        { description: 'rules of the shadow that failed and are not judged any more' },
      ),
    }),
  ),
})

export const RuleSetBody = Type.Object(
  { reason: Reason, packs: Type.Array(PackText, { minItems: 1, maxItems: 200 }) },
  strict,
)
export const ReasonBody = Type.Object({ reason: Reason }, strict)
