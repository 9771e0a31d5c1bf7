import { LOAD_TARGETS } from '@picket/rules'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NOW } from './fakes/records.ts'
import { startFakeApi } from './fakes/services.ts'

const DAY = 86_400_000
let api: Awaited<ReturnType<typeof startFakeApi>>
let most = 0
beforeAll(async () => {
  api = await startFakeApi()
  const step = { episode: 'e', rule: 'high', device: null, site: 'slope', retrospective: false } as const
  api.services.alarms.steps = span => {
    most = span.most
    return span.from < 0
      ? undefined
      : [
          { ...step, kind: 'raised', level: 'red', decidedAt: NOW - 60_000 },
          { ...step, kind: 'cleared', level: null, decidedAt: NOW - 50_000 },
        ]
  }
})
afterAll(() => api.stop())
const ask = (query = '') => api.ask(`/api/v1/alarm-load${query}`)

it('is told of the last 30 days, for one operator, beside what is bearable', async () => {
  const load = await (await ask()).json()
  expect(load).toMatchObject({
    ...{ from: NOW + 1 - 30 * DAY, to: NOW + 1, operators: 1, announced: 1, perDay: 1 / 30 },
    worst: [{ rule: 'high', device: 'slope', count: 1 }],
    fleeting: [{ rule: 'high', device: 'slope', count: 1 }],
    levels: { red: 1, blue: 0 },
    targets: { perDay: LOAD_TARGETS.perDay, mostStale: LOAD_TARGETS.mostStale },
  })
  expect(most).toBe(50_000)
  const shared = await (await ask(`?from=${NOW - DAY}&to=${NOW}&operators=2`)).json()
  expect(shared).toMatchObject({ perDay: 0.5, operators: 2 })
})

it.each([
  [`?from=5&to=5`, /before to/],
  [`?from=0&to=${400 * DAY}`, /366 days/],
  [`?from=-${DAY}&to=0`, /more than 50000 steps.*shorter/],
  ['?operators=0', /operators/],
])('refuses %s', async (query, words) => {
  const reply = await ask(query)
  expect(reply.status).toBe(400)
  expect(await reply.text()).toMatch(words)
})
