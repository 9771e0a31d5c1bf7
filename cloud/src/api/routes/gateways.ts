import { Type } from 'typebox'
import { ApiError } from '../errors.ts'
import { CustodyView, GatewayParams, GatewayView, RejectionsQuery, RejectionView } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

const DEFAULT_LIMIT = 100

/** Gateways, what the cloud has of each, and what was refused. */
export function gatewayRoutes(api: Api, services: Services): void {
  api.get(
    `${BASE}/gateways`,
    {
      schema: {
        operationId: 'listGateways',
        summary: 'Every gateway with its link and its last status report',
        tags: ['gateways'],
        response: { 200: Type.Object({ gateways: Type.Array(GatewayView) }), ...refusals },
      },
    },
    async () => ({ gateways: services.gateways() }),
  )

  api.get(
    `${BASE}/gateways/:gateway/custody`,
    {
      schema: {
        operationId: 'getCustody',
        summary: 'Per epoch what the cloud has, what is quarantined, dropped, lost or still missing',
        tags: ['gateways'],
        params: GatewayParams,
        response: { 200: CustodyView, ...refusals },
      },
    },
    async ({ params: { gateway } }) => {
      const known =
        services.registry().gateways.some(one => one.id === gateway) ||
        services.gateways().some(one => one.id === gateway)
      if (!known) throw new ApiError('not-found', `there is no gateway "${gateway}" in the registry`)
      return { gateway, epochs: services.custody(gateway) }
    },
  )

  api.get(
    `${BASE}/rejections`,
    {
      schema: {
        operationId: 'listRejections',
        summary: 'Input that was refused, with the reason, the newest first',
        tags: ['gateways'],
        querystring: RejectionsQuery,
        response: { 200: Type.Object({ rejections: Type.Array(RejectionView) }), ...refusals },
      },
    },
    async ({ query }) => ({
      rejections: services.rejections({ ...query, limit: query.limit ?? DEFAULT_LIMIT }),
    }),
  )
}
