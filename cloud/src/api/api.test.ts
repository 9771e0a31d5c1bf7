import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NOW, REGISTRY } from './fakes/records.ts'
import { startFakeApi } from './fakes/services.ts'

let api: Awaited<ReturnType<typeof startFakeApi>>
beforeAll(async () => {
  api = await startFakeApi()
})
afterAll(() => api.stop())
beforeEach(() => {
  api.control.outcome = 'acknowledged'
  api.control.broken = false
})

/** Status and body of a GET as a viewer. */
// biome-ignore lint/suspicious/noExplicitAny: any answer of the API, checked by the tests
async function get(path: string): Promise<{ status: number; body: any }> {
  const response = await api.ask(`/api/v1/${path}`)
  return { status: response.status, body: await response.json() }
}

describe('system', () => {
  it('tells its health to anyone', async () => {
    const response = await api.ask('/api/v1/health', 'none')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ status: 'ok', version: expect.any(String), time: NOW })
  })

  it('serves the metrics as Prometheus text', async () => {
    const response = await api.ask('/metrics')
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    const text = await response.text()
    expect(text).toContain('# HELP picket_readings_stored_total')
    expect(text).toMatch(/^picket_event_loop_delay_p99_seconds \d/m)
  })

  it('answers what does not exist as JSON', async () => {
    for (const path of ['nothing', 'alarms/a/b', '', '../api/v1/nothing']) {
      const { status, body } = await get(path)
      expect(status).toBe(404)
      expect(body.error.code).toBe('not-found')
    }
    expect((await api.ask('/api/v1/devices', 'admin', { method: 'PUT' })).status).toBe(404)
  })

  it('hides what broke', async () => {
    api.control.broken = true
    const { status, body } = await get('alarms')
    expect(status).toBe(500)
    expect(body.error.code).toBe('internal')
    expect(JSON.stringify(body)).not.toContain('secret')
  })
})

describe('rules', () => {
  it('are followed by a thread that is ready for a backtest, for nobody but who may see them', async () => {
    const { warmed } = api.control.seen
    expect((await api.ask('/api/v1/rules', 'none')).status).toBe(401)
    expect(api.control.seen.warmed).toBe(warmed)
    expect((await get('rules')).status).toBe(200)
    expect(api.control.seen.warmed).toBe(warmed + 1)
  })
})

describe('devices', () => {
  it('lists them with last values, units and freshness', async () => {
    const { body } = await get('devices')
    expect(body.devices.map((device: { id: string }) => device.id)).toEqual([
      ...['crack-1', 'crack-3', '裂缝 2'],
    ])
    expect(body.devices[0]).toMatchObject({
      model: 'crack',
      siteName: { en: 'Slope' },
      tags: ['north'],
      freshness: { state: 'fresh', lastSeen: NOW - 60_000, ageMs: 60_000, intervalMs: 600_000 },
    })
    expect(body.devices[0].quantities).toEqual([
      {
        quantity: 'width',
        name: { en: 'Width', zh: 'Width' },
        unit: 'mm',
        last: { t: NOW - 60_000, v: 3.5, q: 1, marks: 0x10 },
      },
      { quantity: 'width.rate', name: null, unit: null, last: { t: NOW - 60_000, v: 0.1, q: 1, marks: 0 } },
    ])
    expect(body.devices[1].freshness.state).toBe('never')
  })

  it('finds one by any name, a gateway too', async () => {
    expect((await get(`devices/${encodeURIComponent('裂缝 2')}`)).body.name.en).toBe('Second')
    expect((await get('devices/gw-1')).body).toMatchObject({ model: 'gateway', site: 'slope' })
    const { status, body } = await get('devices/none')
    expect(status).toBe(404)
    expect(body.error.message).toBe('there is no device "none" in the registry')
  })

  it('lists sites, and never where a password lies', async () => {
    const { body } = await get('sites')
    expect(body.sites[0]).toMatchObject({ id: 'slope', department: 'Geology' })
    for (const path of ['sites', 'devices', 'gateways', 'registry']) {
      expect(JSON.stringify((await get(path)).body)).not.toContain('/secret/')
    }
  })
})

describe('a device that had other ids', () => {
  const point = (t: number, v: number, q = 1) => ({ t, v, min: v, max: v, count: 1, q })
  const stored: Record<string, ReturnType<typeof point>[]> = {
    third: [point(1, 1), point(2, 2, 4)],
    crack_3: [point(2, 3, 9), point(3, 4)],
    'crack-3': [point(3, 5), point(4, 6)],
  }
  const points = async (path: string) => {
    const before = api.control.points
    api.control.points = ({ device }) => stored[device] ?? []
    const { body } = await get(path)
    api.control.points = before
    return body.points.map(({ t, v, q }: { t: number; v: number; q: number }) => [t, v, q])
  }

  it('has the readings of all of them, under any of them', async () => {
    const all = [
      [1, 1, 1],
      [2, 2, 4],
      [3, 5, 1],
      [4, 6, 1],
    ]
    expect(await points('series/crack-3/width?resolution=raw')).toEqual(all)
    expect(await points('series/third/width?resolution=raw')).toEqual(all)
    expect(await points('series/crack-3/width?resolution=1h')).toEqual([
      [1, 1, 1],
      [2, 2.5, 4],
      [3, 4.5, 1],
      [4, 6, 1],
    ])
  })

  it('is found by them, with all that the registry says of it', async () => {
    expect((await get('devices/crack_3')).body.id).toBe('crack-3')
    const { body } = await get('registry')
    expect(body.devices.find(({ id }: { id: string }) => id === 'crack-3')).toEqual(REGISTRY.devices[1])
    expect(body.gateways).toEqual([{ id: 'gw-1', site: 'slope' }])
  })
})

describe('series', () => {
  it('chooses buckets for a span, and gives unit and thresholds', async () => {
    const { body } = await get(
      'series/crack-1/width?from=2026-04-02T12:00:00Z&to=2026-05-02T20:00:00%2B08:00',
    )
    expect(body).toMatchObject({
      from: NOW - 30 * 86_400_000,
      to: NOW,
      resolutionMs: 3_600_000,
      unit: 'mm',
      next: null,
      thresholds: [{ rule: 'creep', level: 'orange', value: 3 }],
      points: [{ t: NOW - 60_000, v: 3.5, min: 3.5, max: 3.5, count: 1, q: 1 }],
    })
    expect(api.control.seen.overrides).toEqual([{ limit: 4 }, { limit: 5 }])
  })

  it('reads every reading where buckets would hold one each, as long as they are few', async () => {
    expect((await get('series/crack-1/width')).body.resolutionMs).toBe(0)
    expect(api.control.seen.ranges.at(-1)).toMatchObject({ from: NOW + 1 - 86_400_000, to: NOW + 1 })
    const { points } = api.control
    api.control.points = ({ resolutionMs }) =>
      Array.from({ length: resolutionMs === 0 ? 5000 : 10 }, (_, at) => ({
        t: at,
        v: 1,
        min: 1,
        max: 1,
        count: 1,
        q: 1,
      }))
    expect((await get('series/crack-1/width')).body).toMatchObject({ resolutionMs: 120_000 })
    api.control.points = points
  })

  it('bounds the points and says where to go on', async () => {
    const { points } = api.control
    api.control.points = () =>
      Array.from({ length: 20_000 }, (_, at) => ({ t: at, v: 1, min: 1, max: 1, count: 1, q: 1 }))
    const { body } = await get('series/crack-1/width?resolution=raw')
    expect(body.points.length).toBe(10_000)
    expect(body.next).toBe(10_000)
    api.control.points = points
  })

  it('are found by names in the query, too', async () => {
    const { body } = await get('series/crack-1/width?resolution=1h')
    expect((await get('series?device=crack-1&quantity=width&resolution=1h')).body).toEqual(body)
    for (const [query, status] of [
      ['device=..&quantity=width', 404],
      ['device=crack-1&quantity=..%2F..%2Fhealth', 404],
      ['device=crack-1', 400],
      ['device=crack-1&quantity=width&site=slope', 400],
      [`device=${'x'.repeat(129)}&quantity=width`, 400],
      ['device=crack-1&device=crack-3&quantity=width', 400],
    ] as const) {
      expect(await get(`series?${query}`)).toMatchObject({ status })
    }
  })

  it('sets no threshold of a rule that does not watch the device', async () => {
    expect((await get(`series/${encodeURIComponent('裂缝 2')}/width`)).body.thresholds).toEqual([])
  })

  it.each(['crack-1/none', 'none/width', 'crack-1/constructor', 'crack-1/__proto__'])(
    'knows no %s',
    async name => {
      expect((await get(`series/${name}`)).status).toBe(404)
    },
  )

  it.each([
    ['from=yesterday', 'from must be'],
    ['from=2026-05-01T08:00:00', 'from must be'],
    ['to=99999999999999999999', 'to must be'],
    ['from=-1', 'from must be'],
    ['from=NaN', 'from must be'],
    ['from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z', 'from must be before to'],
    ['resolution=5', 'resolution must be'],
    ['resolution=-5m', 'resolution must be'],
    ['resolution=0.1ms', 'resolution must be'],
    ['form=1', 'no parameter "form"; allowed: from, to, resolution'],
    ['from=1&from=2', 'from must be string'],
    [`from=${'9'.repeat(50)}`, 'from must not have more than 40 characters'],
  ])('refuses %s', async (query, message) => {
    const { status, body } = await get(`series/crack-1/width?${query}`)
    expect(body.error.message).toContain(message)
    expect(status).toBe(400)
    expect(body.error.code).toBe('bad-parameter')
  })
})

describe('alarms', () => {
  it('lists by the filters', async () => {
    const { body } = await get('alarms?state=active&level=red&site=slope&retrospective=false&limit=5')
    expect(body.alarms[0]).toMatchObject({ id: 'alarm-1', level: 'orange', clearedAt: null })
    expect(api.control.seen.alarmFilters.at(-1)).toEqual({
      state: 'active',
      level: 'red',
      sites: ['slope'],
      retrospective: false,
      limit: 5,
    })
    await get('alarms')
    expect(api.control.seen.alarmFilters.at(-1)).toEqual({ limit: 100 })
    await get('alarms?from=1000&to=2000&device=crack_3')
    const devices = ['crack-3', 'third', 'crack_3']
    expect(api.control.seen.alarmFilters.at(-1)).toEqual({ from: 1000, to: 2000, devices, limit: 100 })
    await get('alarms?device=..%2F%27')
    expect(api.control.seen.alarmFilters.at(-1)).toEqual({ devices: ["../'"], limit: 100 })
  })

  it.each([
    ['level=purple', 'level'],
    ['state=ended', 'state'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=2.5', 'limit'],
    ['from=yesterday', 'from'],
    ['retrospective=maybe', 'retrospective'],
  ])('refuses %s and names the parameter', async (query, name) => {
    const { status, body } = await get(`alarms?${query}`)
    expect(status).toBe(400)
    expect(body.error.message).toContain(name)
  })

  it('says what is allowed', async () => {
    expect((await get('alarms?level=purple')).body.error.message).toContain('blue, yellow, orange, red')
  })

  it('gives one with transitions and trace', async () => {
    const { body } = await get('alarms/alarm-1')
    expect(body.alarm.id).toBe('alarm-1')
    expect(body.transitions[0]).toMatchObject({
      kind: 'raised',
      trace: { inputs: [{ quantity: 'width', v: 3.5, q: 1 }] },
    })
    expect((await get('alarms/none')).status).toBe(404)
  })

  const acknowledge = (body?: unknown, type = 'application/json') =>
    api.ask('/api/v1/alarms/alarm-1/acknowledge', 'admin', {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } }),
    })

  it('acknowledges, with and without a note', async () => {
    expect((await acknowledge({ note: 'seen' })).status).toBe(200)
    expect(api.control.seen.acknowledged.at(-1)).toEqual({ alarm: 'alarm-1', by: 'token ops', note: 'seen' })
    expect((await acknowledge()).status).toBe(200)
    expect(api.control.seen.acknowledged.at(-1)).toEqual({ alarm: 'alarm-1', by: 'token ops' })
  })

  it.each([
    ['unknown', 404, 'not-found'],
    ['not-active', 409, 'alarm-not-active'],
    ['already', 409, 'alarm-already-acknowledged'],
  ] as const)('answers %s with %d', async (outcome, status, code) => {
    api.control.outcome = outcome
    const response = await acknowledge()
    expect(response.status).toBe(status)
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe(code)
  })

  it('refuses bodies of the wrong kind', async () => {
    const count = api.control.seen.acknowledged.length
    expect((await acknowledge({ note: 5 })).status).toBe(400)
    expect((await acknowledge({ nope: 1 })).status).toBe(400)
    expect((await acknowledge({ note: 'x'.repeat(501) })).status).toBe(400)
    expect((await acknowledge({ note: 'x'.repeat(70_000) })).status).toBe(413)
    expect((await acknowledge('text', 'text/plain')).status).toBe(415)
    expect((await acknowledge([])).status).toBe(400)
    expect(api.control.seen.acknowledged.length).toBe(count)
  })
})

describe('gateways, rejections, rules', () => {
  it('shows links and custody', async () => {
    expect((await get('gateways')).body.gateways[0].status).toEqual({ outbox_depth: 12.5 })
    const { body } = await get('gateways/gw-1/custody')
    expect(body.epochs[0]).toMatchObject({ committed: [[0, 9]], missing: [[12, 14]], next: 15 })
    expect(body.clocks).toEqual([
      {
        epoch: 'e1',
        first: 0,
        last: 9,
        offsetMs: NOW - 60_000,
        uncertaintyMs: 40,
        stampedFromMs: 20_000,
        at: NOW,
        waiting: 0,
        by: null,
        reason: null,
      },
    ])
    expect((await get('gateways/gw-2/custody')).status).toBe(404)
  })

  it('takes a word about a clock by its author, and refuses ones that name no records', async () => {
    const word = { epoch: 'ab'.repeat(16), first: 0, last: 9, offsetMs: 60_000, reason: 'by the diary' }
    const tell = (body: object, as: 'admin' | 'viewer' = 'admin') =>
      api.ask('/api/v1/gateways/gw-1/clocks', as, {
        ...{ method: 'POST', body: JSON.stringify(body) },
        headers: { 'content-type': 'application/json' },
      })
    expect(await (await tell(word)).json()).toEqual({ taken: 3, waiting: 0 })
    expect(api.control.seen.words).toEqual([{ ...word, gateway: 'gw-1', by: 'token ops' }])
    expect((await tell(word, 'viewer')).status).toBe(403)
    for (const wrong of [{ epoch: 'e1' }, { reason: '' }, { offsetMs: 0.5 }, { last: -1 }])
      expect((await tell({ ...word, ...wrong })).status).toBe(400)
    expect(api.control.seen.words).toHaveLength(1)
  })

  it('shows what was refused', async () => {
    expect((await get('rejections?gateway=gw-1&limit=3')).body.rejections[0].reason).toBe('malformed')
    expect(api.control.seen.rejections.at(-1)).toEqual({ gateway: 'gw-1', limit: 3 })
  })

  it('shows the rules', async () => {
    const { body } = await get('rules')
    expect(body.rules[0]).toMatchObject({ id: 'creep', missing: { intervals: 3, afterMs: null } })
    expect(body.rules[0].levels[0].until).toBeNull()
    expect(body.rules[0]).toMatchObject({
      features: [{ name: 'width', text: 'width' }],
      parameters: [{ name: 'limit', value: 3, unit: 'mm', min: 1, max: 10, reason: 'sheet' }],
      notify: ['duty'],
    })
  })
})

describe('what a rule sees', () => {
  it('at a device now', async () => {
    expect((await get('rules/creep/scopes/crack-1')).body).toMatchObject({
      rule: 'creep',
      scope: 'crack-1',
      at: NOW,
      alarm: { id: 'alarm-1', level: 'orange' },
      trace: { values: { width: 3.5 } },
    })
  })

  it.each([
    ['rules/creep/scopes/gw-1', 'the rule "creep" does not watch "gw-1"'],
    ['rules/none/scopes/crack-1', 'there is no rule "none" in force'],
  ])('is not there: %s', async (path, message) => {
    const { status, body } = await get(path)
    expect(status).toBe(404)
    expect(body.error.message).toBe(message)
  })
})
