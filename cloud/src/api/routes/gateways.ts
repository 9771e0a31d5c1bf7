import { presentNames } from '@picket/devices'
import { Type } from 'typebox'
import type { GatewayStatus } from '../../stores/ports.ts'
import { nameOf, type Principal } from '../access/access.ts'
import { ApiError, type ApiErrorCode } from '../errors.ts'
import {
  ClockWordBody,
  ClockWordView,
  CustodyView,
  GatewayParams,
  GatewayView,
  RejectionsQuery,
  RejectionView,
} from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'
import { called } from './directory.ts'

const DEFAULT_LIMIT = 100
const MOST_CLOCKS = 100

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
        summary:
          'Per epoch what the cloud has, what is quarantined, dropped, lost or still missing; wrong clocks',
        tags: ['gateways'],
        params: GatewayParams,
        response: { 200: CustodyView, ...refusals },
      },
    },
    async ({ params }) => {
      const { id: gateway } = gatewayCalled(services, params.gateway)
      return {
        gateway,
        epochs: services.custody(gateway),
        clocks: services.clocks(gateway, MOST_CLOCKS),
      }
    },
  )

  api.post(
    `${BASE}/gateways/:gateway/clocks`,
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'tellClock',
        summary: 'Give readings their time that wait for it in quarantine; answered after the commit',
        tags: ['gateways'],
        params: GatewayParams,
        body: ClockWordBody,
        response: { 200: ClockWordView, ...refusals },
      },
    },
    async ({ params, body, principal }) => {
      const { id: gateway } = gatewayCalled(services, params.gateway)
      const outcome = await services.tellClock({ ...body, gateway, by: nameOf(principal as Principal) })
      if ('code' in outcome) throw new ApiError(outcome.code as ApiErrorCode, outcome.message)
      return outcome
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
    async ({ query: { gateway: name, limit = DEFAULT_LIMIT } }) => {
      const gateway = name === undefined ? {} : { gateway: presentNames(services.registry()).device(name) }
      return { rejections: services.rejections({ ...gateway, limit }) }
    },
  )
}

/** The gateway that has this id, or that had it. @throws ApiError where there is none */
export function gatewayCalled(services: Services, name: string): GatewayStatus {
  const id = called(services.registry().gateways, name)?.id ?? name
  const found = services.gateways().find(one => one.id === id)
  if (!found) throw new ApiError('not-found', `there is no gateway "${name}" in the registry`)
  return found
}
