import { RulesView } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

/** The rules in force. */
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
    async () => services.rules(),
  )
}
