import { Type } from 'typebox'
import { nameOf, type Principal } from '../access/access.ts'
import { ApiError } from '../errors.ts'
import { ActionsQuery, ActionView, GuardView, OutputParams, OverrideBody } from '../guard-schemas.ts'
import { GatewayParams } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'
import { gatewayCalled } from './gateways.ts'

const DEFAULT_LIMIT = 100

/** What gateways switched, and outputs held by hand. */
export function guardRoutes(api: Api, services: Services): void {
  const gatewayOf = (name: string) => gatewayCalled(services, name)

  api.get(
    `${BASE}/gateways/:gateway/actions`,
    {
      schema: {
        operationId: 'listActions',
        summary: 'Outputs that the gateway switched, with why and what came of it, the newest first',
        tags: ['gateways'],
        params: GatewayParams,
        querystring: ActionsQuery,
        response: { 200: Type.Object({ actions: Type.Array(ActionView) }), ...refusals },
      },
    },
    async ({ params, query }) => ({
      actions: services.actions(gatewayOf(params.gateway).id, query.limit ?? DEFAULT_LIMIT),
    }),
  )

  api.post(
    `${BASE}/gateways/:gateway/outputs/:output`,
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'overrideOutput',
        summary: 'Hold an output on or off for a while, or let go of it; answered after the commit',
        tags: ['gateways'],
        params: OutputParams,
        body: OverrideBody,
        response: { 200: GuardView, ...refusals },
      },
    },
    async ({ params: { gateway: name, output }, body: { on, durationMs, reason }, principal }) => {
      const { id: gateway, guard } = gatewayOf(name)
      if (!guard?.reported || !Object.hasOwn(guard.reported.outputs, output))
        throw new ApiError('not-found', `gateway "${gateway}" has reported no output "${output}"`)
      if ((on === null) !== (durationMs === undefined))
        throw new ApiError('override-time', '`durationMs` goes with true and false, and not with null')
      const by = nameOf(principal as Principal)
      if (!(await services.override({ gateway, output, on, durationMs: durationMs ?? 0, by, reason })))
        throw new ApiError('override-full', 'too many outputs of this gateway are held by hand')
      return gatewayOf(gateway).guard
    },
  )
}
