import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FLAG, NOW, TOLD } from './fakes/records.ts'
import { type Credential, startFakeApi } from './fakes/services.ts'

const HOUR = 3_600_000

let api: Awaited<ReturnType<typeof startFakeApi>>
beforeAll(async () => {
  api = await startFakeApi()
})
afterAll(() => api.stop())
beforeEach(() => {
  api.control.flagOutcome = FLAG
  api.control.resetOutcome = 'reset'
  api.control.isEnded = true
})

const ask = async (path: string, body?: object, as: Credential = 'admin') => {
  const init = body && {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  }
  const response = await api.ask(`/api/v1/${path}`, as, init)
  // biome-ignore lint/suspicious/noExplicitAny: any answer of the API, checked by the tests
  return { status: response.status, body: (await response.json()) as any }
}

const wanted = { kind: 'shelved', scope: FLAG.scope, reason: FLAG.reason }

describe('flags', () => {
  it('are listed with their state, for viewers too', async () => {
    const { body } = await ask('flags?state=in-force', undefined, 'viewer')
    expect(body.flags).toEqual([{ ...FLAG, state: 'in-force' }])
  })

  it('stand beside the alarms that they cover, and say why nobody is told', async () => {
    expect((await ask('alarms')).body.alarms[0].flags).toMatchObject([{ id: 'flag-1', by: 'chen' }])
    const { alarm, withheld, notifications } = (await ask('alarms/alarm-1')).body
    expect(alarm.flags).toHaveLength(1)
    expect(notifications).toEqual([TOLD])
    expect(withheld).toEqual([{ by: 'shelved', flag: 'flag-1', until: FLAG.until }])
  })

  it('are set until a time, or for a while', async () => {
    expect(await ask('flags', { ...wanted, durationMs: HOUR })).toMatchObject({
      status: 201,
      body: { id: 'flag-1', state: 'in-force' },
    })
    expect(api.control.seen.flags.at(-1)).toEqual({ ...wanted, by: 'token ops', until: NOW + HOUR })
    await ask('flags', { ...wanted, from: NOW + HOUR, durationMs: HOUR })
    expect(api.control.seen.flags.at(-1)).toMatchObject({ from: NOW + HOUR, until: NOW + 2 * HOUR })
    await ask('flags', { ...wanted, until: NOW + 5 })
    expect(api.control.seen.flags.at(-1)).toMatchObject({ until: NOW + 5 })
  })

  it.each<[string, object, number]>([
    ['no end', wanted, 422],
    ['two ends', { ...wanted, until: NOW + 5, durationMs: 5 }, 422],
    ['no reason', { kind: 'shelved', scope: FLAG.scope, durationMs: 5 }, 400],
    ['an unknown kind', { ...wanted, kind: 'hidden', durationMs: 5 }, 400],
    ['an unknown criterion', { ...wanted, scope: { tag: 'x' }, durationMs: 5 }, 400],
  ])('are not set with %s', async (_, body, status) => {
    const before = api.control.seen.flags.length
    expect((await ask('flags', body)).status).toBe(status)
    expect(api.control.seen.flags.length).toBe(before)
  })

  it('that cannot be set say why, with the way out', async () => {
    api.control.flagOutcome = { code: 'flag-too-long', message: 'shelved lasts 24h at most', hint: 'again' }
    expect(await ask('flags', { ...wanted, durationMs: HOUR })).toEqual({
      status: 422,
      body: { error: { code: 'flag-too-long', message: 'shelved lasts 24h at most', hint: 'again' } },
    })
  })

  it('are ended, once', async () => {
    expect((await ask('flags/flag-1/end', { reason: 'done' })).status).toBe(200)
    expect(api.control.seen.ended.at(-1)).toEqual({ flag: 'flag-1', by: 'token ops', reason: 'done' })
    api.control.isEnded = false
    expect((await ask('flags/flag-1/end', {})).body.error.code).toBe('flag-over')
    expect((await ask('flags/none/end', {})).status).toBe(404)
  })

  it.each(['flags', 'flags/flag-1/end', 'alarms/alarm-1/reset'])('viewers may not POST %s', async path => {
    expect((await ask(path, {}, 'viewer')).status).toBe(403)
  })
})

describe('a latched alarm', () => {
  it('is reset, with and without a note', async () => {
    expect((await ask('alarms/alarm-1/reset', { note: 'looked at' })).body.alarm.id).toBe('alarm-1')
    expect(api.control.seen.reset.at(-1)).toEqual({ alarm: 'alarm-1', by: 'token ops', note: 'looked at' })
    expect((await api.ask('/api/v1/alarms/alarm-1/reset', 'admin', { method: 'POST' })).status).toBe(200)
  })

  it.each([
    ['not-latched', 409, 'alarm-not-latched'],
    ['not-over', 409, 'alarm-not-over'],
    ['unknown', 404, 'not-found'],
  ] as const)('answers %s with %d', async (outcome, status, code) => {
    api.control.resetOutcome = outcome
    const answer = await ask(`alarms/${outcome === 'unknown' ? 'none' : 'alarm-1'}/reset`, {})
    expect(answer).toMatchObject({ status, body: { error: { code } } })
  })
})
