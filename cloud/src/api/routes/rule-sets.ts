import type { Outcome } from '../../publishing/outcome.ts'
import { type RuleSetStep, STEPS } from '../../publishing/rule-set.ts'
import { nameOf, type Principal } from '../access/access.ts'
import { ApiError } from '../errors.ts'
import {
  PlanView,
  ReasonBody,
  RuleSetBody,
  RuleSetDetail,
  RuleSetParams,
  RuleSetsQuery,
  RuleSetsView,
  ShadowView,
} from '../rule-set-schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

const DEFAULT_LIMIT = 100
// A few packs of the longest kind. Reading more would hold up ingest for seconds.
const BODY_LIMIT_BYTES = 4 * 1024 * 1024
const MOST_DETAILS = 50

const SUMMARIES: Record<RuleSetStep, string> = {
  approve: 'Agree with a revision by somebody else; holds until something is put in force',
  shadow: 'Judge a revision beside what is in force: it tells nobody, and its differences are counted',
  unshadow: 'End the shadow; its differences are forgotten',
  publish: 'Put a proposal in force',
  rollback: 'Put in force again what was so before',
  withdraw: 'End a proposal for good',
}

/** Revisions of the rule set: read, proposed, approved, put in force, rolled back. */
export function ruleSetRoutes(api: Api, services: Services): void {
  const { ruleSets } = services

  api.get(
    `${BASE}/rule-sets`,
    {
      schema: {
        operationId: 'listRuleSets',
        summary: 'Revisions of the rule set, the newest first',
        tags: ['rules'],
        querystring: RuleSetsQuery,
        response: { 200: RuleSetsView, ...refusals },
      },
    },
    async ({ query }) => ({
      live: ruleSets.live() ?? null,
      ruleSets: ruleSets.list({
        before: query.before ?? Number.MAX_SAFE_INTEGER,
        limit: query.limit ?? DEFAULT_LIMIT,
      }),
    }),
  )

  api.get(
    `${BASE}/rule-sets/:number`,
    {
      schema: {
        operationId: 'getRuleSet',
        summary: 'One revision with the texts of its packs and what became of it',
        tags: ['rules'],
        params: RuleSetParams,
        response: { 200: RuleSetDetail, ...refusals },
      },
    },
    async ({ params }) => detailOf(services, params.number),
  )

  api.post(
    `${BASE}/rule-sets`,
    {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { access: 'admin' },
      schema: {
        operationId: 'proposeRuleSet',
        summary: 'Propose packs as a new revision; nothing is in force by it',
        tags: ['rules'],
        body: RuleSetBody,
        response: { 201: RuleSetDetail, ...refusals },
      },
    },
    async ({ body, principal }, reply) => {
      const act = { by: nameOf(principal as Principal), why: body.reason }
      const number = numberOf(await ruleSets.propose(body.packs, act))
      return reply.code(201).send(detailOf(services, number))
    },
  )

  api.post(
    `${BASE}/rule-sets/:number/plan`,
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'planRuleSet',
        summary: 'What putting a revision in force would change now; changes nothing',
        tags: ['rules'],
        params: RuleSetParams,
        response: { 200: PlanView, ...refusals },
      },
    },
    async ({ params }) => {
      const answer = await ruleSets.plan(params.number)
      if (!answer.ok) throw errorOf(answer)
      return answer.plan
    },
  )

  api.get(
    `${BASE}/shadow`,
    {
      schema: {
        operationId: 'getShadow',
        summary: 'What the shadow does otherwise than the rule set in force',
        tags: ['rules'],
        response: { 200: ShadowView, ...refusals },
      },
    },
    async () => ({ shadow: (await ruleSets.shadowReport()) ?? null }),
  )

  for (const step of STEPS) stepRoute(api, services, step)
}

function stepRoute(api: Api, services: Services, step: RuleSetStep): void {
  api.post(
    `${BASE}/rule-sets/:number/${step}`,
    {
      config: { access: 'admin' },
      schema: {
        operationId: `${step}RuleSet`,
        summary: `${SUMMARIES[step]}; answered after the commit`,
        tags: ['rules'],
        params: RuleSetParams,
        body: ReasonBody,
        response: { 200: RuleSetDetail, ...refusals },
      },
    },
    async ({ params, body, principal }) => {
      const act = { by: nameOf(principal as Principal), why: body.reason }
      return detailOf(services, numberOf(await services.ruleSets.step(params.number, step, act)))
    },
  )
}

function detailOf({ ruleSets }: Services, number: number) {
  const found = ruleSets.get(number)
  if (!found) throw new ApiError('not-found', `there is no rule set ${number}`)
  return found
}

function numberOf(outcome: Outcome): number {
  if (outcome.ok) return outcome.number
  throw errorOf(outcome)
}

function errorOf(outcome: Extract<Outcome, { ok: false }>): ApiError {
  const error = new ApiError(outcome.code, outcome.message)
  error.details = outcome.details.slice(0, MOST_DETAILS)
  return error
}
