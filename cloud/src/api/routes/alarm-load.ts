import { presentNames } from '@picket/devices'
import { alarmLoad, LOAD_TARGETS } from '@picket/rules'
import { AlarmLoadQuery, AlarmLoadView } from '../alarm-schemas.ts'
import { ApiError } from '../errors.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

const DAY_MS = 86_400_000
const DEFAULT_SPAN_MS = 30 * DAY_MS
const LONGEST_SPAN_MS = 366 * DAY_MS
// Reading and counting them takes some 100 ms, and ingest waits.
const MOST_STEPS = 50_000
// Lists are for people.
const MOST_LISTED = 100

const { priorities: _, ...TARGETS } = LOAD_TARGETS

/** How much the alarms asked of an operator. */
export function alarmLoadRoute(api: Api, services: Services): void {
  api.get(
    `${BASE}/alarm-load`,
    {
      schema: {
        operationId: 'getAlarmLoad',
        summary: 'What the alarms of a span asked of one operator, beside what is held to be bearable',
        tags: ['alarms'],
        querystring: AlarmLoadQuery,
        response: { 200: AlarmLoadView, ...refusals },
      },
    },
    async ({ query }) => {
      const { to = services.clock.now() + 1, operators = 1 } = query
      const { from = to - DEFAULT_SPAN_MS } = query
      if (from >= to) throw new ApiError('bad-parameter', 'from must be before to')
      if (to - from > LONGEST_SPAN_MS)
        throw new ApiError('bad-parameter', 'from and to may be 366 days apart')
      const steps = services.alarms.steps({ from, to, most: MOST_STEPS })
      if (!steps)
        throw new ApiError('bad-parameter', `more than ${MOST_STEPS} steps of alarms: ask for a shorter span`)
      const present = presentNames(services.registry())
      const counted = steps.map(({ rule, device, site, ...step }) => ({
        ...step,
        rule: { id: rule },
        device: device === null ? present.site(site) : present.device(device),
      }))
      const load = alarmLoad(counted, { from, to, operators })
      return {
        ...{ from, to, operators, ...load },
        floods: load.floods.slice(-MOST_LISTED),
        chattering: load.chattering.slice(0, MOST_LISTED),
        fleeting: load.fleeting.slice(0, MOST_LISTED),
        targets: { ...TARGETS },
      }
    },
  )
}
