import { ApiError } from '../errors.ts'
import { ExplanationView, RulesView, ScopeParams } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

/** The rules in force, and what each sees. */
export function ruleRoutes(api: Api, services: Services): void {
  api.get(
    `${BASE}/rules`,
    {
      schema: {
        operationId: 'listRules',
        summary: 'The rules in force, and why newer files were not taken',
        tags: ['rules'],
        response: { 200: RulesView, ...refusals },
      },
    },
    async () => {
      // Who looks at the rules may try others next.
      services.warmBacktests()
      return services.rules()
    },
  )

  api.get(
    `${BASE}/rules/:rule/scopes/:scope`,
    {
      schema: {
        operationId: 'explainRule',
        summary: 'What a rule sees at a device or a site now, what it waits for, and why nobody was told',
        tags: ['rules'],
        params: ScopeParams,
        response: { 200: ExplanationView, ...refusals },
      },
    },
    async ({ params: { rule, scope } }) => {
      const explanation = await services.explain(rule, scope)
      if (explanation) return { rule, scope, ...explanation }
      const isKnown = services.rules().rules.some(({ id }) => id === rule)
      throw new ApiError(
        'not-found',
        isKnown ? `the rule "${rule}" does not watch "${scope}"` : `there is no rule "${rule}" in force`,
      )
    },
  )
}
