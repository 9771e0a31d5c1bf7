import { Type } from 'typebox'
import { nameOf, type Principal } from '../access/access.ts'
import { ApiError } from '../errors.ts'
import { AcknowledgeBody, AlarmDetail, AlarmParams, AlarmsQuery, AlarmView } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

const DEFAULT_LIMIT = 100

/** Alarms, what explains them, and acknowledging them. */
export function alarmRoutes(api: Api, services: Services): void {
  const { alarms } = services
  const unknown = (id: string) => new ApiError('not-found', `there is no alarm "${id}"`)

  api.get(
    `${BASE}/alarms`,
    {
      schema: {
        operationId: 'listAlarms',
        summary: 'Alarm episodes, active and past',
        tags: ['alarms'],
        querystring: AlarmsQuery,
        response: { 200: Type.Object({ alarms: Type.Array(AlarmView) }), ...refusals },
      },
    },
    async ({ query }) => ({ alarms: alarms.list({ ...query, limit: query.limit ?? DEFAULT_LIMIT }) }),
  )

  api.get(
    `${BASE}/alarms/:alarm`,
    {
      schema: {
        operationId: 'getAlarm',
        summary: 'One episode with every transition and its trace',
        tags: ['alarms'],
        params: AlarmParams,
        response: { 200: AlarmDetail, ...refusals },
      },
    },
    async ({ params }) => {
      const found = alarms.get(params.alarm)
      if (!found) throw unknown(params.alarm)
      return found
    },
  )

  api.post(
    `${BASE}/alarms/:alarm/acknowledge`,
    {
      config: { access: 'admin' },
      // The note is optional, and so is the whole body.
      preValidation: async request => {
        request.body ??= {}
      },
      schema: {
        operationId: 'acknowledgeAlarm',
        summary: 'Say that somebody has seen the alarm; answered after the commit',
        tags: ['alarms'],
        params: AlarmParams,
        body: AcknowledgeBody,
        response: { 200: AlarmDetail, ...refusals },
      },
    },
    async ({ params, body, principal }) => {
      const outcome = await services.acknowledge({
        alarm: params.alarm,
        by: nameOf(principal as Principal),
        ...(body.note === undefined ? {} : { note: body.note }),
      })
      if (outcome === 'not-active') {
        throw new ApiError('alarm-not-active', `alarm "${params.alarm}" is over and needs no acknowledgement`)
      }
      if (outcome === 'already') {
        throw new ApiError('alarm-already-acknowledged', `alarm "${params.alarm}" is already acknowledged`)
      }
      const found = outcome === 'acknowledged' ? alarms.get(params.alarm) : undefined
      if (!found) throw unknown(params.alarm)
      return found
    },
  )
}
