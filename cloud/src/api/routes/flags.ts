import { presentNames } from '@picket/devices'
import { covers, type FlagRequest, presentScope } from '@picket/rules'
import { Type } from 'typebox'
import type { AlarmRecord, FlagRecord } from '../../stores/ports.ts'
import { nameOf, type Principal } from '../access/access.ts'
import { EndFlagBody, FlagBody, FlagParams, FlagsQuery, FlagView } from '../alarm-schemas.ts'
import { ApiError, type ApiErrorCode } from '../errors.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

const DEFAULT_LIMIT = 100
// As many as the engine keeps.
const MOST_STANDING = 10_000

/** What sets alarms aside for a while: listed, set, ended. */
export function flagRoutes(api: Api, services: Services): void {
  const { flags, clock } = services

  api.get(
    `${BASE}/flags`,
    {
      schema: {
        operationId: 'listFlags',
        summary: 'What sets alarms aside: in force, planned and past, the newest first',
        tags: ['alarms'],
        querystring: FlagsQuery,
        response: { 200: Type.Object({ flags: Type.Array(FlagView) }), ...refusals },
      },
    },
    async ({ query: { state, limit = DEFAULT_LIMIT } }) => {
      const now = clock.now()
      const found = flags.list({ now, limit, ...(state === undefined ? {} : { state }) })
      const rename = renaming(services)
      return { flags: found.map(flag => viewOf(rename(flag), now)) }
    },
  )

  api.post(
    `${BASE}/flags`,
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'setFlag',
        summary: 'Set alarms aside for a while: they are recorded and tell nobody; answered after the commit',
        tags: ['alarms'],
        body: FlagBody,
        response: { 201: FlagView, ...refusals },
      },
    },
    async ({ body, principal }, reply) => {
      const outcome = await services.setFlag(requestOf(body, nameOf(principal as Principal), clock.now()))
      if ('code' in outcome) throw errorOf(outcome)
      return reply.code(201).send(flagView(services, outcome.id))
    },
  )

  api.post(
    `${BASE}/flags/:flag/end`,
    {
      config: { access: 'admin' },
      preValidation: async request => {
        request.body ??= {}
      },
      schema: {
        operationId: 'endFlag',
        summary: 'End a flag before its time; what still runs is told then; answered after the commit',
        tags: ['alarms'],
        params: FlagParams,
        body: EndFlagBody,
        response: { 200: FlagView, ...refusals },
      },
    },
    async ({ params: { flag }, body, principal }) => {
      const by = nameOf(principal as Principal)
      const found = flagView(services, flag)
      if (!(await services.endFlag({ flag, by, ...body })))
        throw new ApiError('flag-over', `the flag "${found.id}" has ended already`)
      return flagView(services, flag)
    },
  )
}

/** The flags in force and planned, asked for once; of an alarm that is over none. */
export function flagsBeside(services: Services): (alarm: AlarmRecord) => FlagView[] {
  const { flags, clock } = services
  const now = clock.now()
  const rename = renaming(services)
  const standing = (['in-force', 'planned'] as const).flatMap(state =>
    flags.list({ state, now, limit: MOST_STANDING }).map(flag => viewOf(rename(flag), now)),
  )
  return alarm => (alarm.state === 'normal' ? [] : standing.filter(flag => covers(flag, alarm)))
}

function requestOf(body: FlagBody, by: string, now: number): FlagRequest {
  const { kind, scope, from, until, durationMs, reason } = body
  if ((until === undefined) === (durationMs === undefined))
    throw new ApiError('flag-time', 'a flag ends `until` a time or after `durationMs`: give one of them')
  const end = until ?? (from ?? now) + (durationMs as number)
  return { kind, scope, until: end, by, reason, ...(from === undefined ? {} : { from }) }
}

function flagView(services: Services, id: string): FlagView {
  const found = services.flags.get(id)
  if (!found) throw new ApiError('not-found', `there is no flag "${id}"`)
  return viewOf(renaming(services)(found), services.clock.now())
}

// A flag of before what it covers was renamed is shown with the present id.
function renaming(services: Services): (flag: FlagRecord) => FlagRecord {
  const present = presentNames(services.registry())
  return flag => ({ ...flag, scope: presentScope(flag.scope, present) })
}

function viewOf(flag: FlagRecord, now: number): FlagView {
  const isOver = flag.endedAt !== null || flag.until <= now
  return { ...flag, state: isOver ? 'past' : flag.from <= now ? 'in-force' : 'planned' }
}

function errorOf({ code, message, hint }: { code: string; message: string; hint?: string }): ApiError {
  const error = new ApiError(code as ApiErrorCode, message)
  error.hint = hint
  return error
}
