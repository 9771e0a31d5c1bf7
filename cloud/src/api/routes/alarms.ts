import { idsOf, presentNames } from '@picket/devices'
import { Type } from 'typebox'
import type { AlarmFilter, AlarmRecord } from '../../stores/ports.ts'
import { nameOf, type Principal } from '../access/access.ts'
import { AlarmDetail, AlarmParams, AlarmsQuery, AlarmView, NoteBody } from '../alarm-schemas.ts'
import { ApiError } from '../errors.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'
import { called, findDevice } from './directory.ts'
import { flagsBeside } from './flags.ts'

const DEFAULT_LIMIT = 100

/** Alarms, what explains them, acknowledging and resetting them. */
export function alarmRoutes(api: Api, services: Services): void {
  const { alarms } = services

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
    async ({ query }) => {
      const flagsOf = flagsBeside(services)
      const found = alarms.list(filterOf(services, query))
      return { alarms: found.map(renaming(services)).map(alarm => ({ ...alarm, flags: flagsOf(alarm) })) }
    },
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
    async ({ params }) => detailOf(services, params.alarm),
  )

  api.post(
    `${BASE}/alarms/:alarm/acknowledge`,
    {
      ...withNote,
      schema: {
        operationId: 'acknowledgeAlarm',
        summary: 'Say that somebody has seen the alarm; answered after the commit',
        tags: ['alarms'],
        params: AlarmParams,
        body: NoteBody,
        response: { 200: AlarmDetail, ...refusals },
      },
    },
    async ({ params, body, principal }) => {
      const outcome = await services.acknowledge({
        alarm: params.alarm,
        by: nameOf(principal as Principal),
        ...(body.note === undefined ? {} : { note: body.note }),
      })
      if (outcome === 'unknown') throw unknown(params.alarm)
      if (outcome === 'not-active') {
        throw new ApiError('alarm-not-active', `alarm "${params.alarm}" is over and needs no acknowledgement`)
      }
      if (outcome === 'already') {
        throw new ApiError('alarm-already-acknowledged', `alarm "${params.alarm}" is already acknowledged`)
      }
      return detailOf(services, params.alarm)
    },
  )

  api.post(
    `${BASE}/alarms/:alarm/reset`,
    {
      ...withNote,
      schema: {
        operationId: 'resetAlarm',
        summary: 'Let go of a latched alarm; answered after the commit',
        description:
          'Ends, too, an alarm that a gateway began and says no more of, where the cloud, which judges the same readings, sees none.',
        tags: ['alarms'],
        params: AlarmParams,
        body: NoteBody,
        response: { 200: AlarmDetail, ...refusals },
      },
    },
    async ({ params, body, principal }) => {
      const outcome = await services.reset({
        alarm: params.alarm,
        by: nameOf(principal as Principal),
        ...(body.note === undefined ? {} : { note: body.note }),
      })
      if (outcome !== 'reset') throw resetRefusal(outcome, params.alarm)
      return detailOf(services, params.alarm)
    },
  )
}

// Alarms of before a device or a site was renamed are found by any id of it.
function filterOf(
  services: Services,
  { site, device, limit = DEFAULT_LIMIT, ...query }: AlarmsQuery,
): AlarmFilter {
  const { sites } = services.registry()
  return {
    ...query,
    ...(site === undefined ? {} : { sites: idsOf(called(sites, site) ?? { id: site }) }),
    ...(device === undefined ? {} : { devices: idsOf(findDevice(services, device) ?? { id: device }) }),
    limit,
  }
}

// An alarm of before its device or site was renamed is shown with the present id.
function renaming(services: Services): (alarm: AlarmRecord) => AlarmRecord {
  const present = presentNames(services.registry())
  return alarm => ({
    ...alarm,
    device: alarm.device === null ? null : present.device(alarm.device),
    site: present.site(alarm.site),
  })
}

const unknown = (id: string): ApiError => new ApiError('not-found', `there is no alarm "${id}"`)

function resetRefusal(
  outcome: Exclude<Awaited<ReturnType<Services['reset']>>, 'reset'>,
  alarm: string,
): ApiError {
  if (outcome === 'unknown') return unknown(alarm)
  if (outcome === 'not-latched')
    return new ApiError('alarm-not-latched', `alarm "${alarm}" does not wait for a reset`)
  return new ApiError(
    'alarm-not-over',
    `the cloud, which judges the same readings, sees alarm "${alarm}" too`,
  )
}

// The note is optional, and so is the whole body.
const withNote = {
  config: { access: 'admin' as const },
  preValidation: async (request: { body: unknown }) => {
    request.body ??= {}
  },
}

async function detailOf(services: Services, id: string): Promise<AlarmDetail> {
  const found = services.alarms.get(id)
  if (!found) throw unknown(id)
  const known = renaming(services)(found.alarm)
  const alarm = { ...known, flags: flagsBeside(services)(known) }
  const standing = await services.standing(id)
  return { alarm, ...standing, transitions: found.transitions, notifications: services.notifications(id) }
}
